// SPDX-License-Identifier: Apache-2.0

// hwgen/streamer/writer.py without its data. In each cycle: look, take, request, end.

#ifndef HWGEN_CYCLE_WRITER_H
#define HWGEN_CYCLE_WRITER_H

#include "streamer.h"

namespace hwgen::cycles {

class Writer : public Streamer {
  const int depth;
  uint32_t enter = 0, fill = 0, retire = 0;  // Steps taken, those behind the extensions, those written.
  int64_t filled = 0;                        // Jobs all of whose steps have been taken and not all written.
  std::vector<bool> pipeline;                // Whether there is a step in each place of the extensions.
  uint64_t blocked = 0;
  bool moves = false, pushes = false, ends_job = false, empty = false;

 public:
  bool ready = false;  // A step would be taken in this cycle.

  Writer(const MemoryTable& memory, const StreamerTable& table, int unit)
      : Streamer(memory, table, unit), depth(std::min(table.address_depth, table.data_depth)),
        pipeline(size_t(table.latency)) {}

  // At the end of a cycle: whether nothing is under way, so that none of what follows need be called.
  bool rests() {
    if (!front.idle() || filled || retire != write || !pipeline.empty()) return false;
    ready = false;
    rest_addresses();
    return true;
  }

  // What depends on registers only.
  void look() {
    blocked = positions.equal(fill - uint32_t(depth));
    moves = pipeline.empty() ? !blocked : !pipeline.back() || !blocked;
    const bool job = front.jobs.valid();
    empty = job && front.jobs.front().empty;
    ready = enter != write && moves && job && !empty;
  }

  // Whether the accelerator gives a step.
  void take(bool valid) {
    const bool taken = valid && ready;
    pushes = pipeline.empty() ? taken : pipeline.back() && !blocked;
    ends_job = taken && step_at(enter).last;
    if (!pipeline.empty() && moves) {
      for (size_t i = pipeline.size() - 1; i; i--) pipeline[i] = pipeline[i - 1];
      pipeline[0] = taken;
    }
    if (taken) enter++;
  }

  void request() {
    const uint64_t waiting = depth == 1 && pushes ? positions.all : positions.all & ~positions.equal(fill);
    ask(waiting & allowed(), blocked, table.byte_addressed ? 0 : blocked);
  }

  void end(uint64_t mine) {
    settle(mine);
    const bool retired = !positions.equal(retire);
    const bool completed = retired && step_at(retire).last, passed = empty && filled == 0;
    done = completed || passed;
    if (passed || ends_job) front.jobs.pop();
    filled += int64_t(ends_job) - int64_t(completed);
    end_addresses(table.address_depth + table.latency, allowed());
    if (retired) retire++;
    if (pushes) fill++;
  }
};

}  // namespace hwgen::cycles

#endif
