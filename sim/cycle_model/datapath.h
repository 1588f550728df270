// SPDX-License-Identifier: Apache-2.0

// Everything of a cluster that moves words: streamers, banks, accelerator, copy engines and external memory. Within a
// cycle, first all look at registers; then what depends on others within the cycle is settled in the order of those
// paths; at last every part ends its cycle.

#ifndef HWGEN_CYCLE_DATAPATH_H
#define HWGEN_CYCLE_DATAPATH_H

#include <memory>
#include <utility>

#include "core.h"
#include "descriptors.h"
#include "engines.h"
#include "interconnect.h"
#include "quantizer.h"

namespace hwgen::cycles {

class Datapath {
  const ConfigTable& config;
  std::vector<std::unique_ptr<Reader>> readers;  // By streamer; null where it is a writer, and the other way round.
  std::vector<std::unique_ptr<Writer>> writers;
  std::vector<Streamer*> streamers;
  Interconnect interconnect;
  uint64_t mine[MOST_UNITS] = {};
  const uint64_t all_streamers;
  uint64_t moving = 0;          // Streamers with anything under way; the others need not be looked at.
  uint64_t done_streamers = 0;  // Of this cycle.
  uint64_t copying = 0, copy_streamers = 0;  // Units of the copy engines, and their streamers.
  bool copies_idle = false;  // Nothing is under way at copy engines and port when the cycle begins.
  bool copies_rest = false;  // Nor was when the cycle before began.
  bool fetch_taken = false;  // A burst of descriptors has been asked for in this cycle.

 public:
  Core core;
  Quantizer quantizer;
  std::unique_ptr<Port> port;
  std::unique_ptr<Load> load;
  std::unique_ptr<Store> store;
  Notify notify;
  std::unique_ptr<DescriptorQueue> descriptors;  // Null unless jobs come from memory.
  bool progress = false;  // Something has moved in this cycle.

  // `ring` is null unless jobs come from memory.
  Datapath(const ConfigTable& config, const MemoryOptions& options, const RingTable* ring, uint64_t since_reset)
      : config(config), interconnect(config.priority, config.fair_period, since_reset),
        all_streamers(low_bits(int(config.streamers.size()))), quantizer(config.quantizer_groups, config.parameter_stream) {
    for (int s = 0; s < int(config.streamers.size()); s++) {
      const StreamerTable& table = config.streamers[size_t(s)];
      readers.push_back(table.reads ? std::make_unique<Reader>(config.memory, table, s) : nullptr);
      writers.push_back(table.reads ? nullptr : std::make_unique<Writer>(config.memory, table, s));
      streamers.push_back(table.reads ? static_cast<Streamer*>(readers.back().get()) : writers.back().get());
    }
    if (!config.dma.present) return;
    for (int unit : {config.dma.load, config.dma.store, config.dma.notify}) copying |= uint64_t(1) << unit;
    copy_streamers = uint64_t(1) << config.dma.load_streamer | uint64_t(1) << config.dma.store_streamer;
    port = std::make_unique<Port>(options, config.dma);
    load = std::make_unique<Load>(config.dma);
    store = std::make_unique<Store>(config.dma);
    if (ring) descriptors = std::make_unique<DescriptorQueue>(*ring, uint32_t(config.dma.buffer_words), config.dma.beat_bits);
  }

  const Streamer& streamer(int s) const { return *streamers[size_t(s)]; }
  const Reader& reader(int s) const { return *readers[size_t(s)]; }
  // A writer's accelerator has a word that it does not take.
  bool blocks(int s) const { return (s == config.d ? core.d_valid : quantizer.o_valid) && !writers[size_t(s)]->ready; }

  bool idle() const { return core.idle() && quantizer.idle() && (!port || port->idle()); }

  // The first half of a cycle.
  void settle() {
    progress = false;
    for (uint64_t left = moving; left; left &= left - 1) {
      const size_t s = size_t(lowest(left));
      readers[s] ? readers[s]->look() : writers[s]->look();
    }
    compute();
    if (port) copy();
    for (uint64_t left = moving; left; left &= left - 1) {
      const size_t s = size_t(lowest(left));
      readers[s] ? readers[s]->request() : writers[s]->request();
    }
    interconnect.arbitrate(streamers, moving, mine);
    done_streamers = 0;
    for (uint64_t left = moving; left; left &= left - 1) {
      const size_t s = size_t(lowest(left));
      readers[s] ? readers[s]->end(mine[s]) : writers[s]->end(mine[s]);
      progress |= streamers[s]->asked.ready != 0;
      done_streamers |= uint64_t(streamers[s]->done) << s;
    }
  }

  // Whether a unit would take this entry, whose fields are given.
  bool entry_ready(int unit, Row fields) const {
    if (unit < int(streamers.size())) return streamers[size_t(unit)]->entry_ready;
    if (unit == config.core) return core.entry_ready;
    if (unit == config.quantizer) return quantizer.entry_ready;
    if (unit == config.dma.load) return load->side.ready_for(fields);
    if (unit == config.dma.store) return store->side.ready_for(fields);
    return notify.entry_ready;
  }

  // Units of which an entry has completed in this cycle.
  uint64_t done_units() const {
    uint64_t done = uint64_t(core.done) << config.core | uint64_t(quantizer.done) << config.quantizer;
    done |= done_streamers;
    if (port)
      done |= uint64_t(load->done) << config.dma.load | uint64_t(store->done) << config.dma.store |
              uint64_t(notify.done) << config.dma.notify;
    return done;
  }

  // The second half: entries taken, by unit, and the units that take one.
  void end(const std::vector<Row>& entries, uint64_t taken) {
    const bool p = config.p >= 0 && readers[size_t(config.p)]->valid;
    quantizer.end(core.q_valid, p, writers[size_t(config.e)]->ready, entries[size_t(config.quantizer)]);
    core.end(entries[size_t(config.core)]);
    if (port) end_copies(entries, taken);
    for (uint64_t left = moving | (taken & all_streamers); left; left &= left - 1) {
      const size_t s = size_t(lowest(left));
      if (moving >> s & 1 && readers[s]) readers[s]->shift();
      if (taken >> s & 1) streamers[s]->front.take(entries[s]);
      streamers[s]->front.commit();
      const bool idle = readers[s] ? readers[s]->rests() : writers[s]->rests();
      moving = idle ? moving & ~(uint64_t(1) << s) : moving | uint64_t(1) << s;
    }
  }

 private:
  // Core and quantizer, and what they take from readers and give to writers.
  void compute() {
    Reader &a = *readers[size_t(config.a)], &b = *readers[size_t(config.b)], &c = *readers[size_t(config.c)];
    Writer &d = *writers[size_t(config.d)], &e = *writers[size_t(config.e)];
    quantizer.look();
    core.look(a.valid, b.valid, c.valid, d.ready, quantizer.i_ready);
    a.take(core.takes_ab);
    b.take(core.takes_ab);
    c.take(core.takes_c);
    d.take(core.d_valid);
    e.take(quantizer.o_valid);
    if (config.p >= 0) readers[size_t(config.p)]->take(quantizer.p_ready);
    progress |= core.takes_ab || core.takes_c;
  }

  // Copy engines, descriptors and the port.
  void copy() {
    Reader& s = *readers[size_t(config.dma.store_streamer)];
    Writer& l = *writers[size_t(config.dma.load_streamer)];
    // In the second cycle of rest and those that follow, all would see what they saw before.
    const bool rested = std::exchange(
        copies_idle, !(moving & copy_streamers) && load->idle() && store->idle() && notify.idle() && port->idle() &&
                         (!descriptors || descriptors->idle()));
    copies_rest = rested && copies_idle;
    if (copies_rest) return;
    port->look();
    load->look(*port, l);
    store->look(*port, s);
    notify.look(*port);
    l.take(load->gives_step());
    s.take(store->step_ready());
    port->writes.choose(uint32_t(store->request_valid()) << STORE_WRITER | uint32_t(notify.asking) << NOTIFY_WRITER);
    store->request(*port);
    store->side.split(true);
    const bool fetches = descriptors && descriptors->words.request_valid();
    port->reads.choose(uint32_t(load->side.request_valid()) << LOAD_READER | uint32_t(fetches) << FETCH_READER);
    load->side.split(port->reads.ready(LOAD_READER));
    if (load->side.request_valid() && port->reads.ready(LOAD_READER))
      port->reads.take({LOAD_READER, load->side.request_length()});
    fetch_taken = fetches && port->reads.ready(FETCH_READER);
    if (fetch_taken) port->reads.take({FETCH_READER, descriptors->words.request_length()});
    progress |= load->takes_beat || store->gives_beat() || store->takes_answer || !port->memory.idle();
  }

  void end_copies(const std::vector<Row>& entries, uint64_t taken) {
    if (copies_rest && !(taken & copying) && (!descriptors || descriptors->idle())) {
      port->memory.rest();
      return;
    }
    const bool notified = notify.gives_beat, answered = port->answer_comes(NOTIFY_WRITER);
    const bool fetched = descriptors && port->beat_comes(FETCH_READER) && descriptors->words.beat_ready();
    store->end(*readers[size_t(config.dma.store_streamer)], entries[size_t(config.dma.store)], config.dma.store);
    load->end(*writers[size_t(config.dma.load_streamer)], entries[size_t(config.dma.load)], config.dma.load);
    notify.end(*port, entries[size_t(config.dma.notify)] != nullptr);
    if (descriptors) descriptors->end(fetch_taken, fetched);
    port->end(store->gives_beat() || notified, store->takes_answer || answered, load->takes_beat || fetched);
  }
};

}  // namespace hwgen::cycles

#endif
