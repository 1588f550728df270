// SPDX-License-Identifier: Apache-2.0

// The model behind hwgen_external_memory: when an AXI4 subordinate answers, and what.
//
// A read sees the memory as it is when its request is accepted, and what is written changes it when the answer is
// given: the earliest and the latest moment that AXI allows, so that a manager which does not wait for answers is found.

#ifndef HWGEN_EXTERNAL_MEMORY_H
#define HWGEN_EXTERNAL_MEMORY_H

#include <deque>

#include "external_bytes.h"

namespace hwgen {

constexpr size_t DATA_QUEUE = 4;  // Beats written that are taken before there is bandwidth, or a request, for them.
constexpr uint64_t NEVER = ~uint64_t(0) >> 1;  // The greatest cycle number that Verilog can hold, signed.

struct Inputs {
  bool reset, awvalid, wvalid, arvalid, bready, rready;
  Request write, read;
  Beat beat;
};

struct Outputs {
  bool awready = false, wready = false, arready = false, bvalid = false, rvalid = false;
  bool rlast = false;
  bool fresh = false;  // Whether there is a new beat to read.
  uint32_t bid = 0, bresp = OKAY, rid = 0, rresp = OKAY;
};

class ExternalMemory {
  struct Burst {
    Request request;
    uint64_t number = 0;  // Bursts are answered in this order, unless replies are reordered.
    uint64_t due = 0;
    uint32_t beats = 0;   // Beats that have passed.
    std::vector<Beat> written;
    std::vector<uint8_t> data;
    std::vector<uint8_t> responses;
  };
  using Queues = std::vector<std::deque<Burst>>;  // One for each identifier.

  const uint64_t data_bytes;
  const Options& options;
  Counters& counters;
  AxiChecker checker;
  ExternalBytes bytes;

  uint64_t generation = 0, random = 1, tokens = 0, refilled = 0, numbered = 0;
  bool write_next = false;
  Queues reads, answers;
  std::deque<Burst> writes;  // Those that still want data.
  std::deque<Beat> beats;
  std::vector<uint8_t> read_beat;
  Outputs outputs;

 public:
  ExternalMemory(uint8_t* bytes, uint64_t size, Shared& shared, uint64_t data_bytes, unsigned address_bits, unsigned id_bits)
      : data_bytes(data_bytes), options(shared.options), counters(shared.counters),
        checker(shared.violations, data_bytes), bytes(bytes, size, data_bytes, address_bits, shared.options),
        reads(size_t(1) << id_bits), answers(size_t(1) << id_bits), read_beat(data_bytes) {}

  // What happens at the edge that ends a cycle; returns what is driven in the next one. `wake` becomes the cycle in
  // which to call again if nothing is valid or taken until then.
  const Outputs& step(uint64_t cycle, const Inputs& inputs, uint64_t& wake) {
    if (options.generation != generation) begin();
    outputs.fresh = false;
    uint64_t next = writes.empty() ? NEVER : bytes.beat_address(writes.front().request, writes.front().beats + beats.size());
    checker.channels(cycle, inputs.reset, {inputs.awvalid, outputs.awready}, inputs.write,
                     {inputs.arvalid, outputs.arready}, inputs.read, {inputs.wvalid, outputs.wready}, inputs.beat, next);
    if (inputs.reset) {
      reset();
      wake = cycle + 1;
      return outputs;
    }
    refill(cycle);
    take(cycle, inputs);
    move(cycle);
    answer(cycle);
    outputs.awready = counters.open_writes < options.outstanding && !paused();
    outputs.arready = counters.open_reads < options.outstanding && !paused();
    outputs.wready = beats.size() < DATA_QUEUE && !paused();
    wake = next_event(cycle);
    return outputs;
  }

  // Of the beat that was last driven.
  const uint8_t* read_data() const { return read_beat.data(); }

 private:
  // Options are new, or it is the first cycle.
  void begin() {
    generation = options.generation;
    random = (options.seed + 1) * 0x9e37'79b9'7f4a'7c15;
    if (random == 0) random = 1;
    tokens = capacity();
    write_next = false;
  }

  void reset() {
    for (auto& queue : reads) queue.clear();
    for (auto& queue : answers) queue.clear();
    writes.clear();
    beats.clear();
    counters.open_reads = counters.open_writes = counters.unclaimed_beats = 0;
    outputs = Outputs();
    tokens = capacity();
  }

  uint64_t draw() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random >> 16;
  }

  bool paused() { return options.pause && draw() % ONE < options.pause; }
  uint64_t cost() const { return data_bytes * ONE; }
  uint64_t rate() const { return options.bandwidth ? options.bandwidth : cost(); }
  // With less, what is left of a cycle's tokens would be lost; with more, a pause would be made up for.
  uint64_t capacity() const { return rate() + cost(); }

  void refill(uint64_t cycle) {
    uint64_t cycles = std::min<uint64_t>(cycle - refilled, capacity() / rate() + 1);
    tokens = std::min(capacity(), tokens + cycles * rate());
    refilled = cycle;
  }

  // Registered outputs: what is decided at this edge is seen in the next cycle.
  uint64_t due(uint64_t cycle) {
    return cycle + options.latency - 1 + (options.jitter ? draw() % (options.jitter + 1) : 0);
  }

  void take(uint64_t cycle, const Inputs& inputs) {
    bool wrote = inputs.wvalid && outputs.wready, read = outputs.rvalid && inputs.rready;
    if (read) {
      counters.read_beats++;
      counters.bytes_read += data_bytes;
      if (outputs.rresp != OKAY) counters.read_errors++;
      if (outputs.rlast) counters.open_reads--;
      outputs.rvalid = false;
    }
    if (outputs.bvalid && inputs.bready) {
      if (outputs.bresp != OKAY) counters.write_errors++;
      counters.open_writes--;
      outputs.bvalid = false;
    }
    if (wrote) {
      counters.write_beats++;
      for (uint8_t strobes : inputs.beat.strobes) counters.bytes_written += __builtin_popcount(strobes);
      beats.push_back(inputs.beat);
    }
    if (wrote || read) {
      counters.busy_cycles++;
      if (counters.first_cycle == 0) counters.first_cycle = cycle;
      counters.last_cycle = cycle;
    }
    if (inputs.awvalid && outputs.awready) {
      checker.request(cycle, true, inputs.write);
      writes.push_back(begun(inputs.write));
      counters.write_bursts++;
      counters.most_writes = std::max(counters.most_writes, ++counters.open_writes);
    }
    if (inputs.arvalid && outputs.arready) {
      checker.request(cycle, false, inputs.read);
      Burst burst = begun(inputs.read);
      burst.due = due(cycle);
      bytes.read(burst.request, burst.data, burst.responses);
      reads[burst.request.id].push_back(std::move(burst));
      counters.read_bursts++;
      counters.most_reads = std::max(counters.most_reads, ++counters.open_reads);
    }
  }

  Burst begun(const Request& request) {
    Burst burst;
    burst.request = request;
    burst.number = numbered++;
    return burst;
  }

  // Lets beats pass that there is bandwidth for.
  void move(uint64_t cycle) {
    std::deque<Burst>* source = outputs.rvalid ? nullptr : choose(reads, cycle);
    bool read = source && !paused(), write = !beats.empty() && !writes.empty();
    if (tokens < cost()) read = write = false;
    if (read && write && tokens < 2 * cost()) {
      (write_next ? read : write) = false;
      write_next = !write_next;
    }
    if (read) read_out(*source);
    if (write) write_in(cycle);
    tokens -= (uint64_t(read) + write) * cost();
    counters.unclaimed_beats = writes.empty() ? beats.size() : 0;
  }

  void read_out(std::deque<Burst>& queue) {
    Burst& burst = queue.front();
    outputs.rvalid = outputs.fresh = true;
    outputs.rid = burst.request.id;
    outputs.rresp = burst.responses[burst.beats];
    outputs.rlast = burst.beats == burst.request.length;
    std::memcpy(read_beat.data(), &burst.data[burst.beats * data_bytes], data_bytes);
    burst.beats++;
    if (outputs.rlast) queue.pop_front();
  }

  void write_in(uint64_t cycle) {
    Burst& burst = writes.front();
    checker.beat(cycle, burst.request, burst.beats, beats.front(), bytes.beat_address(burst.request, burst.beats));
    burst.written.push_back(std::move(beats.front()));
    beats.pop_front();
    if (burst.beats++ < burst.request.length) return;
    burst.due = due(cycle);
    answers[burst.request.id].push_back(std::move(burst));
    writes.pop_front();
  }

  void answer(uint64_t cycle) {
    std::deque<Burst>* source = outputs.bvalid ? nullptr : choose(answers, cycle);
    if (!source || paused()) return;
    Burst& burst = source->front();
    outputs.bvalid = true;
    outputs.bid = burst.request.id;
    outputs.bresp = bytes.write(burst.request, burst.written);
    source->pop_front();
  }

  // The queue whose first burst goes on now; within a queue order is kept.
  std::deque<Burst>* choose(Queues& queues, uint64_t cycle) {
    std::deque<Burst>* chosen = nullptr;
    uint64_t found = 0;
    for (auto& queue : queues) {
      if (queue.empty()) continue;
      if (options.reorder) {
        if (queue.front().due <= cycle && draw() % ++found == 0) chosen = &queue;
      } else if (!chosen || queue.front().number < chosen->front().number) chosen = &queue;
    }
    return chosen && chosen->front().due <= cycle ? chosen : nullptr;
  }

  uint64_t next_event(uint64_t cycle) const {
    if (checker.waiting() || (!beats.empty() && !writes.empty())) return cycle + 1;
    uint64_t next = NEVER;
    if (!outputs.rvalid)
      for (auto& queue : reads)
        if (!queue.empty()) next = std::min(next, queue.front().due);
    if (!outputs.bvalid)
      for (auto& queue : answers)
        if (!queue.empty()) next = std::min(next, queue.front().due);
    return std::max(next, cycle + 1);
  }
};

}  // namespace hwgen

#endif
