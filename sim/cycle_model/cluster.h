// SPDX-License-Identifier: Apache-2.0

// A whole cluster, cycle by cycle: the datapath, job control around it, and the host.

#ifndef HWGEN_CYCLE_CLUSTER_H
#define HWGEN_CYCLE_CLUSTER_H

#include "bus.h"
#include "counters.h"
#include "datapath.h"
#include "record.h"

namespace hwgen::cycles {

constexpr int64_t PATIENCE = 100'000;  // Cycles without progress after which a cluster is stuck.

class Cluster {
  const ConfigTable& config;
  const std::vector<Row>& rows;  // Of job j and unit u at j * units + u; null for none.
  const int64_t count_mask;
  Datapath datapath;
  Semaphores semaphores;
  Bus bus;
  std::vector<Row> entries;          // Taken in this cycle, by unit.
  bool interrupt = false, open = false, progress = false;
  int64_t patience_left = PATIENCE;

 public:
  std::vector<UnitQueue> units;
  Counters counters;
  Record record;
  int64_t cycle = 0;

  Cluster(const ConfigTable& config, const std::vector<Row>& rows, const int64_t* program, const int64_t* completed,
          const MemoryOptions& options, const RingTable* ring, uint64_t since_reset, Record record)
      : config(config), rows(rows), count_mask((int64_t(1) << config.jobs.count_width) - 1),
        datapath(config, options, ring, since_reset), semaphores(config.jobs.semaphores, config.jobs.semaphore_width),
        bus(program), entries(size_t(config.units)),
        units(size_t(config.units), UnitQueue(config.entries(), uint32_t(config.jobs.queue_depth))),
        counters(reads_of(config), config.dma.present), record(record) {
    for (size_t u = 0; u < units.size(); u++) units[u].started = units[u].completed = completed[u];
  }

  // Until the program has ended and nothing is left to do.
  void run(int64_t limit) {
    while (!finished()) {
      step();
      patience_left = progress || datapath.progress ? PATIENCE : patience_left - 1;
      if (!patience_left) throw Failure{STUCK};
      if (cycle >= limit) throw Failure{LIMIT};
    }
  }

  int64_t accesses(int streamer) const { return int64_t(datapath.streamer(streamer).accesses); }

 private:
  static std::vector<bool> reads_of(const ConfigTable& config) {
    std::vector<bool> reads;
    for (int s : config.accelerator_streamers) reads.push_back(config.streamers[size_t(s)].reads);
    return reads;
  }

  bool finished() const {
    if (!bus.ended() || !datapath.idle() || (datapath.descriptors && datapath.descriptors->waiting())) return false;
    for (const UnitQueue& unit : units)
      if (!unit.idle() || unit.running()) return false;
    return true;
  }

  void step() {
    progress = open = false;
    datapath.settle();
    carry_out_write();
    if (datapath.descriptors) apply_descriptors();
    for (size_t u = 0; u < units.size(); u++) start(u);
    charge();
    datapath.end(entries);
    bool raised = false;
    for (UnitQueue& unit : units) {
      if (unit.idle()) continue;
      const bool signaled = unit.signals() && semaphores.signal(unit.semaphore(), unit.amount());
      raised |= unit.end(signaled, count_mask);
    }
    semaphores.end();
    bus.end(interrupt);
    interrupt |= raised;
    cycle++;
  }

  // Looks at a unit's next entry: at one of its waits, or whether it starts.
  void start(size_t u) {
    UnitQueue& unit = units[u];
    entries[u] = nullptr;
    unit.done = datapath.done(int(u));
    unit.queued = unit.awaits_copy = false;
    progress |= unit.done;
    const Row head = unit.head();
    if (!head) return;
    bool met = false;
    if (unit.waits()) {
      const int64_t source = unit.source(), semaphore = source - int64_t(units.size());
      const int64_t ahead = semaphore >= 0 ? 0 : (units[size_t(source)].completed - unit.target()) & count_mask;
      met = semaphore >= 0 ? semaphores.acquire(semaphore, unit.target()) : ahead <= count_mask / 2;
      unit.awaits_copy = !met && semaphore < 0 && copies(int(source));
    }
    entries[u] = unit.look(met, !unit.waits() && datapath.entry_ready(int(u), config.entries().fields(head)));
    progress |= met || entries[u];
  }

  // Whether a unit is of the external memory's side.
  bool copies(int unit) const {
    const DmaTable& dma = config.dma;
    return dma.present && (unit == dma.load_streamer || unit == dma.store_streamer || unit == dma.load || unit == dma.store || unit == dma.notify);
  }

  void charge() {
    const Core& core = datapath.core;
    const UnitQueue &first = units[size_t(config.core)], &second = units[size_t(config.quantizer)];
    Seen seen;
    seen.step = core.takes_ab;
    seen.active = core.active;
    seen.blocked = core.blocked;
    seen.core_queued = first.queued;
    seen.core_awaits_copy = first.awaits_copy;
    seen.others_running = first.running() || second.running();
    seen.others_queued = second.queued;
    seen.others_await_copy = second.awaits_copy;
    for (size_t i = 0; i < config.accelerator_streamers.size(); i++) {
      const int s = config.accelerator_streamers[i];
      const UnitQueue& unit = units[size_t(s)];
      seen.running |= uint32_t(unit.running()) << i;
      seen.queued |= uint32_t(unit.queued) << i;
      seen.await_copy |= uint32_t(unit.awaits_copy) << i;
      if (!config.streamers[size_t(s)].reads) continue;
      seen.needs |= uint32_t(needs(s)) << i;
      seen.waiting[i] = datapath.reader(s).waiting();
    }
    if (config.dma.present)
      for (size_t u = 0; u < units.size(); u++)
        seen.copying |= copies(int(u)) && (units[u].running() || units[u].queued);
    const int cause = counters.end(seen, open);
    if (cause >= 0 && record.wanted()) write_down(cause, seen);
  }

  bool needs(int s) const {
    const Core& core = datapath.core;
    if (s == config.a) return core.needs_a;
    if (s == config.b) return core.needs_b;
    if (s == config.c) return core.needs_c;
    return datapath.quantizer.needs_p && core.blocked;
  }

  void write_down(int cause, const Seen& seen) {
    uint8_t states[MOST_UNITS];
    for (size_t u = 0; u < units.size(); u++)
      states[u] = units[u].running() ? RUNNING : units[u].queued ? DEPENDENCY : IDLE;
    for (size_t i = 0; i < config.accelerator_streamers.size(); i++) {
      const int s = config.accelerator_streamers[i];
      if (states[s] != RUNNING) continue;
      if (config.streamers[size_t(s)].reads) {
        if (seen.needs >> i & 1) states[s] = uint8_t(WAITING + seen.waiting[i]);
      } else if (datapath.blocks(s)) {
        states[s] = BLOCKED;
      }
    }
    record.add(cause, states, int(units.size()));
  }

  void carry_out_write() {
    const BusWrite* write = bus.write();
    if (bus.polls()) bus.look(condition());
    if (!write) return;
    progress = true;
    open = write->operation == WRITE_JOB || write->operation == PUSH;
    if (write->operation == ANNOUNCE) datapath.descriptors->announce(uint64_t(write->first));
    if (write->operation != PUSH) return;
    for (uint64_t left = uint64_t(write->second); left; left &= left - 1) {
      const size_t unit = size_t(lowest(left));
      if (!units[unit].has_room()) throw Failure{REFUSED, int64_t(unit), 0, 0, write->first};
      units[unit].push(rows[size_t(write->first) * units.size() + unit]);
    }
  }

  // Entries that come from memory: those of job `count` of the queue.
  void apply_descriptors() {
    DescriptorQueue& queue = *datapath.descriptors;
    const int unit = queue.wants_push();
    queue.apply(unit < 0 || units[size_t(unit)].has_room());
    open |= queue.waiting();
    if (queue.push < 0) return;
    progress = true;
    units[size_t(queue.push)].push(rows[size_t(queue.count) * units.size() + size_t(queue.push)]);
  }

  bool condition() const {
    if (bus.polled() == POLL_COMPLETED) return units[size_t(bus.first())].completed == bus.second();
    for (uint64_t left = uint64_t(bus.first()); left; left &= left - 1)
      if (!units[size_t(lowest(left))].has_room()) return false;
    return true;
  }
};

}  // namespace hwgen::cycles

#endif
