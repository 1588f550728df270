// SPDX-License-Identifier: Apache-2.0

// The external side of copies: jobs to runs, bursts and beats, as hwgen/dma/side.py and what it consists of.

#ifndef HWGEN_CYCLE_COPIES_H
#define HWGEN_CYCLE_COPIES_H

#include "bytes.h"

namespace hwgen::cycles {

struct PlannedBurst {
  uint64_t address = 0;
  int64_t bytes = 0;
  bool last = false;
};

class ExternalSide {
  static constexpr uint32_t JOBS_TAKEN = 4;
  static constexpr int64_t BURST_BOUNDARY = 4096, MOST_BEATS = 256;
  enum { EXTERNAL_BASE, RUN_BYTES, FILL, BOUNDS };
  struct Job {
    bool empty = false, fill = false;
  };

  const int64_t beat_bytes, boundary;
  const bool answers;
  const int loops;
  LoopNest runs;
  int64_t run_bytes = 0;
  // The splitter: what is left of a run, and the burst cut off.
  bool busy = false, run_last = false;
  uint64_t address = 0;
  int64_t left = 0;
  bool planned_valid = false;
  PlannedBurst planned;
  // The walker.
  bool further = false;
  int64_t beat_left = 0;
  bool split_leaves = false, split_moves = false, split_ends = false;

 public:
  Queue<Job> jobs{JOBS_TAKEN};
  Queue<PlannedBurst> bursts;    // Whose beats have not all passed.
  Queue<PlannedBurst> answered;  // That have not been answered, where answers come by the burst.
  // Of this cycle.
  bool entry_ready = false, beat_valid = false, burst_begins = false, burst_ends = false;
  Piece beat;

  ExternalSide(const DmaTable& dma, bool answers)
      : beat_bytes(int64_t(1) << dma.beat_bits), boundary(std::min(BURST_BOUNDARY, beat_bytes * MOST_BEATS)),
        answers(answers), loops(dma.loops), bursts(uint32_t(dma.outstanding)),
        answered(answers ? uint32_t(dma.outstanding) : 1) {
    runs.resize(dma.loops, 64);
  }

  bool idle() const { return !jobs.valid() && !runs.running && !busy && !planned_valid && !bursts.valid(); }

  // A burst wants to be asked for in this cycle; only where answers do not come by the burst.
  bool request_valid() const { return planned_valid && bursts.ready(); }
  int64_t request_length() const { return length_of(planned); }
  int64_t beat_burst_length() const { return length_of(bursts.front()); }

  void look() {
    beat_valid = bursts.valid();
    if (!beat_valid) return;
    const PlannedBurst& burst = bursts.front();
    const int64_t rest = further ? beat_left : burst.bytes;
    beat.lane = further ? 0 : int64_t(burst.address) & (beat_bytes - 1);
    const int64_t room = beat_bytes - beat.lane;
    burst_begins = !further;
    burst_ends = rest <= room;
    beat.count = burst_ends ? rest : room;
    beat.last = burst_ends && burst.last;
  }

  // Once it is known whether a burst that is asked for would be taken.
  void split(bool request_ready) {
    split_leaves = planned_valid && bursts.ready() && (answers ? answered.ready() : request_ready);
    split_moves = busy && (!planned_valid || split_leaves);
    const int64_t room = boundary - int64_t(address % uint64_t(boundary));
    split_ends = left <= room;
    const bool run_taken = !busy || (split_moves && split_ends);
    entry_ready = jobs.ready() && (!runs.running || (run_taken && runs.last()));
  }

  // Whether a job that moves nothing, or is a fill, is taken although runs are under way.
  static bool walks(Row entry, int loops) {
    bool some = entry[RUN_BYTES] != 0;
    for (int d = 0; d < loops; d++) some = some && entry[BOUNDS + d] != 0;
    return some && !entry[FILL];
  }
  bool ready_for(Row entry) const { return walks(entry, loops) ? entry_ready : jobs.ready(); }

  // Ends the cycle; whether the beat was taken, and the entry that was.
  void end(bool beat_taken, Row entry) {
    if (beat_taken) {
      beat_left = (further ? beat_left : bursts.front().bytes) - beat.count;
      further = !burst_ends;
      if (burst_ends) bursts.pop();
    }
    if (split_leaves) {
      bursts.push(planned);
      if (answers) answered.push(planned);
    }
    const bool run_taken = !busy || (split_moves && split_ends);
    const int64_t room = boundary - int64_t(address % uint64_t(boundary)), count = split_ends ? left : room;
    if (!planned_valid || split_leaves) {
      planned_valid = busy;
      planned = {address, count, run_last && split_ends};
    }
    if (run_taken) {
      busy = runs.running && run_bytes != 0;
      address = runs.pointer();
      left = run_bytes;
      run_last = runs.last();
      if (runs.running) runs.advance();
    } else if (split_moves) {
      address += uint64_t(room);
      left -= count;
    }
    if (entry) {
      const bool moves = walks(entry, loops);
      jobs.push({!moves && !entry[FILL], entry[FILL] != 0});
      if (moves) {
        runs.take(entry[EXTERNAL_BASE], entry + BOUNDS, entry + BOUNDS + loops);
        run_bytes = entry[RUN_BYTES];
      }
    }
    jobs.commit();
    bursts.commit();
    answered.commit();
  }

 private:
  int64_t length_of(const PlannedBurst& burst) const {
    const int64_t first = int64_t(burst.address) & (beat_bytes - 1);
    return (first + burst.bytes + beat_bytes - 1) / beat_bytes - 1;
  }
};

}  // namespace hwgen::cycles

#endif
