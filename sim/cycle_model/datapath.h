// SPDX-License-Identifier: Apache-2.0

// Everything of a cluster that moves words: streamers, banks, accelerator, copy engines and external memory. Within a
// cycle, first all look at registers; then what depends on others within the cycle is settled in the order of those
// paths; at last every part ends its cycle.

#ifndef HWGEN_CYCLE_DATAPATH_H
#define HWGEN_CYCLE_DATAPATH_H

#include <memory>

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
        quantizer(config.quantizer_groups, config.parameter_stream) {
    for (int s = 0; s < int(config.streamers.size()); s++) {
      const StreamerTable& table = config.streamers[size_t(s)];
      readers.push_back(table.reads ? std::make_unique<Reader>(config.memory, table, s) : nullptr);
      writers.push_back(table.reads ? nullptr : std::make_unique<Writer>(config.memory, table, s));
      streamers.push_back(table.reads ? static_cast<Streamer*>(readers.back().get()) : writers.back().get());
    }
    if (!config.dma.present) return;
    port = std::make_unique<Port>(options, config.dma);
    load = std::make_unique<Load>(config.dma);
    store = std::make_unique<Store>(config.dma);
    if (ring) descriptors = std::make_unique<DescriptorQueue>(*ring, uint32_t(config.dma.buffer_words), config.dma.beat_bits);
  }

  const Streamer& streamer(int s) const { return *streamers[size_t(s)]; }
  const Reader& reader(int s) const { return *readers[size_t(s)]; }
  // A writer's accelerator has a word that it does not take.
  bool blocks(int s) const { return s == config.d ? core.d_valid && !writers[size_t(s)]->ready : quantizer.o_valid && !writers[size_t(s)]->ready; }

  bool idle() const { return core.idle() && quantizer.idle() && (!port || port->idle()); }

  // The first half of a cycle.
  void settle() {
    progress = false;
    for (size_t s = 0; s < streamers.size(); s++) readers[s] ? readers[s]->look() : writers[s]->look();
    compute();
    if (port) copy();
    for (size_t s = 0; s < streamers.size(); s++) readers[s] ? readers[s]->request() : writers[s]->request();
    interconnect.arbitrate(streamers, mine);
    for (size_t s = 0; s < streamers.size(); s++) {
      readers[s] ? readers[s]->end(mine[s]) : writers[s]->end(mine[s]);
      progress |= streamers[s]->asked.ready != 0;
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

  bool done(int unit) const {
    if (unit < int(streamers.size())) return streamers[size_t(unit)]->done;
    if (unit == config.core) return core.done;
    if (unit == config.quantizer) return quantizer.done;
    return unit == config.dma.load ? load->done : unit == config.dma.store ? store->done : notify.done;
  }

  // The second half: entries taken, by unit.
  void end(const std::vector<Row>& entries) {
    const bool p = config.p >= 0 && readers[size_t(config.p)]->valid;
    quantizer.end(core.q_valid, p, writers[size_t(config.e)]->ready, entries[size_t(config.quantizer)]);
    core.end(entries[size_t(config.core)]);
    if (port) end_copies(entries);
    for (size_t s = 0; s < streamers.size(); s++) {
      if (readers[s]) readers[s]->shift();
      if (entries[s]) streamers[s]->front.take(entries[s]);
      if (entries[s] || !streamers[s]->resting) streamers[s]->front.commit();
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

  void end_copies(const std::vector<Row>& entries) {
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
