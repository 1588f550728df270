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
  const uint64_t copying_units;
  const uint32_t streamers;  // Those of the accelerator, which come first among units.
  uint64_t active = 0;       // Units with an entry in their queue.
  uint64_t owing = 0;        // Units with a completed job that has not signaled.
  uint64_t events = 0;       // Units of which something changes in this cycle.
  uint64_t pushed = 0;       // Units that get an entry in this cycle.
  uint64_t running = 0;      // Units with a job that has started and not completed.
  uint64_t queued = 0, await_copy = 0, taken = 0;  // Of this cycle, as in hwgen/soc/unit_queue.py.
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
        copying_units(copying_of(config.dma)), streamers(uint32_t(low_bits(config.accelerator_streamers))),
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
    for (int s = 0; s < config.accelerator_streamers; s++) reads.push_back(config.streamers[size_t(s)].reads);
    return reads;
  }

  bool finished() const {
    if (datapath.descriptors && datapath.descriptors->waiting()) return false;
    return !active && !owing && !running && bus.ended() && datapath.idle();
  }

  void step() {
    progress = open = false;
    datapath.settle();
    carry_out_write();
    if (datapath.descriptors) apply_descriptors();
    queued = await_copy = taken = events = 0;
    const uint64_t done = datapath.done_units();
    progress |= done != 0;
    for (uint64_t left = active; left; left &= left - 1) start(size_t(lowest(left)));
    charge();
    datapath.end(entries, taken);
    bool raised = false;
    events |= done | owing | std::exchange(pushed, 0);
    for (uint64_t left = events; left; left &= left - 1) raised |= end(size_t(lowest(left)), done);
    semaphores.end();
    bus.end(interrupt);
    interrupt |= raised;
    cycle++;
  }

  // Looks at a unit's next entry: at one of its waits, or whether it starts.
  void start(size_t u) {
    UnitQueue& unit = units[u];
    const Row head = unit.head();
    if (!head) return;
    bool met = false;
    if (unit.waits()) {
      const int64_t source = unit.source(), semaphore = source - int64_t(units.size());
      const int64_t ahead = semaphore >= 0 ? 0 : (units[size_t(source)].completed - unit.target()) & count_mask;
      met = semaphore >= 0 ? semaphores.acquire(semaphore, unit.target()) : ahead <= count_mask / 2;
      if (!met && semaphore < 0 && copying_units >> source & 1) await_copy |= uint64_t(1) << u;
    }
    const Row fields = config.entries().fields(head);
    if (met) events |= uint64_t(1) << u;
    if (unit.look(met, !unit.waits() && datapath.entry_ready(int(u), fields))) {
      entries[u] = fields;
      taken |= uint64_t(1) << u;
      events |= uint64_t(1) << u;
    } else {
      queued |= uint64_t(1) << u;
    }
    progress |= met || unit.starts;
  }

  // Ends a unit's cycle; whether it raises an interrupt.
  bool end(size_t u, uint64_t done) {
    UnitQueue& unit = units[u];
    const bool signaled = unit.signals() && semaphores.signal(unit.semaphore(), unit.amount());
    const bool raised = unit.end(done >> u & 1, signaled, count_mask);
    const uint64_t self = uint64_t(1) << u;
    active = unit.head() ? active | self : active & ~self;
    owing = unit.owes() ? owing | self : owing & ~self;
    running = unit.running() ? running | self : running & ~self;
    entries[u] = nullptr;
    return raised;
  }

  void push(size_t u, int64_t job) {
    units[u].push(rows[size_t(job) * units.size() + u]);
    pushed |= uint64_t(1) << u;
  }

  // Units of the external memory's side.
  static uint64_t copying_of(const DmaTable& dma) {
    uint64_t found = 0;
    if (dma.present)
      for (int unit : {dma.load_streamer, dma.store_streamer, dma.load, dma.store, dma.notify}) found |= uint64_t(1) << unit;
    return found;
  }

  void charge() {
    const Core& core = datapath.core;
    const uint64_t first = uint64_t(1) << config.core, second = uint64_t(1) << config.quantizer;
    Seen seen;
    seen.step = core.takes_ab;
    seen.active = core.active;
    seen.blocked = core.blocked;
    seen.core_queued = queued & first;
    seen.core_awaits_copy = await_copy & first;
    seen.others_running = running & (first | second);
    seen.others_queued = queued & second;
    seen.others_await_copy = await_copy & second;
    seen.running = uint32_t(running) & streamers;
    seen.queued = uint32_t(queued) & streamers;
    seen.await_copy = uint32_t(await_copy) & streamers;
    seen.copying = (running | queued) & copying_units;
    seen.needs = uint32_t(core.needs_a) << config.a | uint32_t(core.needs_b) << config.b | uint32_t(core.needs_c) << config.c;
    if (config.p >= 0) seen.needs |= uint32_t(datapath.quantizer.needs_p && core.blocked) << config.p;
    if (seen.needs) seen.waiting = datapath.reader(lowest(seen.needs)).waiting();
    const int cause = counters.end(seen, open);
    if (cause >= 0 && record.wanted()) write_down(cause, seen);
  }

  void write_down(int cause, const Seen& seen) {
    uint8_t states[MOST_UNITS];
    for (int u = 0; u < config.units; u++) {
      states[u] = running >> u & 1 ? RUNNING : queued >> u & 1 ? DEPENDENCY : IDLE;
      if (states[u] != RUNNING || !(streamers >> u & 1)) continue;
      if (config.streamers[size_t(u)].reads) {
        if (seen.needs >> u & 1) states[u] = uint8_t(WAITING + datapath.reader(u).waiting());
      } else if (datapath.blocks(u)) {
        states[u] = BLOCKED;
      }
    }
    record.add(cause, states, config.units);
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
      push(unit, write->first);
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
    push(size_t(queue.push), queue.count);
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
