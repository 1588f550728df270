// SPDX-License-Identifier: Apache-2.0

// hwgen/streamer/reader.py without its data. In each cycle: look, take, request, end.

#ifndef HWGEN_CYCLE_READER_H
#define HWGEN_CYCLE_READER_H

#include "streamer.h"

namespace hwgen::cycles {

enum Waiting : uint8_t { BANK_CONFLICT = 0, NO_ADDRESS = 1, NO_CREDIT = 2, MEMORY_LATENCY = 3 };

class Reader : public Streamer {
  struct Tag {
    bool valid = false, last = false;
    Waiting waiting = NO_ADDRESS;
  };

  uint32_t read = 0;
  uint64_t in_flight = 0, refused = 0, in_flight_refused = 0;
  std::vector<Tag> pipeline;  // Of extensions that have latency; the last leaves.
  uint64_t missing = 0, next = 0, arriving = 0, pending = 0;
  bool has_step = false, moves = false, pops = false, ends_job = false;
  Waiting own_waiting = NO_ADDRESS;

 public:
  bool valid = false;  // A step can be taken in this cycle.

  Reader(const MemoryTable& memory, const StreamerTable& table, int unit)
      : Streamer(memory, table, unit), pipeline(size_t(table.latency)) {}

  // At the end of a cycle: whether nothing is under way, so that none of what follows need be called.
  bool rests() {
    if (!front.idle() || in_flight || !pipeline.empty()) return false;
    valid = has_step = ends_job = pops = false;
    own_waiting = NO_ADDRESS;
    rest_addresses();
    return true;
  }

  // What depends on registers only.
  void look() {
    missing = positions.equal(read);
    next = positions.equal(read + 1);
    arriving = in_flight & next;
    const bool arrived = !(table.data_depth <= 2 ? missing : missing | arriving);
    const bool job = front.jobs.valid(), empty = job && front.jobs.front().empty;
    has_step = arrived && job && !empty;
    ends_job = job && (empty || (has_step && step_at(read).last));
    valid = pipeline.empty() ? has_step : pipeline.back().valid;
  }

  // Whether the accelerator takes the step.
  void take(bool ready) {
    moves = !valid || ready;
    pops = has_step && moves;
    if (ends_job && moves) front.jobs.pop();
    done = (pipeline.empty() ? ends_job : pipeline.back().last) && moves;
  }

  void request() {
    const uint32_t limit = read + uint32_t(table.data_depth) + (table.data_depth == 1 && pops);
    pending = positions.all & ~positions.equal(write);
    uint64_t pressed = missing | next;
    if (table.data_depth > 2) pressed |= positions.equal(read + 2);
    ask(pending & ~positions.equal(limit) & allowed(), table.reaches_all && !table.byte_addressed ? pressed : missing,
        table.byte_addressed ? 0 : pressed);
  }

  void end(uint64_t mine) {
    settle(mine);
    const uint64_t denied = asked.requests & ~granted;
    const uint64_t conflict = (missing & (refused | denied)) | (arriving & in_flight_refused);
    own_waiting = conflict ? BANK_CONFLICT : missing & ~pending ? NO_ADDRESS : MEMORY_LATENCY;
    in_flight_refused = advancing & refused;
    refused = denied;
    in_flight = advancing;
    end_addresses(table.address_depth, allowed());
    if (pops) read++;
  }

  // Why no step is valid in this cycle; before `shift`.
  Waiting waiting() const { return pipeline.empty() ? own_waiting : pipeline.back().waiting; }

  // Moves the extensions' pipeline, which ends the cycle.
  void shift() {
    if (pipeline.empty() || !moves) return;
    for (size_t i = pipeline.size() - 1; i; i--) pipeline[i] = pipeline[i - 1];
    pipeline[0] = {has_step, ends_job, own_waiting};
  }
};

}  // namespace hwgen::cycles

#endif
