// SPDX-License-Identifier: Apache-2.0

// Charges every cycle to one cause, as hwgen/soc/cycle_counters.py.

#ifndef HWGEN_CYCLE_COUNTERS_H
#define HWGEN_CYCLE_COUNTERS_H

#include "tables.h"

namespace hwgen::cycles {

// What is seen of the units in a cycle. Sets of streamers are those of the accelerator, in the order of causes.
struct Seen {
  bool step = false, active = false, blocked = false, core_queued = false, others_running = false, others_queued = false;
  bool copying = false, core_awaits_copy = false, others_await_copy = false;
  uint32_t needs = 0, running = 0, queued = 0, await_copy = 0;
  uint8_t waiting = 0;  // Why the first of those that are needed has no word.
};

class Counters {
  uint32_t readers = 0, writers = 0;  // Sets of streamers.
  int first_wait[16] = {};            // Cause of each reader's first wait.
  int output_blocked, dependency_, dma, configuration, fill, drain;
  bool stepped = false;
  int64_t elapsed = 0, trailing = 0;

 public:
  bool counting = false;
  int64_t cycles = 0;
  int64_t counts[MOST_CAUSES] = {};
  int causes;

  // `reads` tells of each of the accelerator's streamers whether it is a reader.
  Counters(const std::vector<bool>& reads, bool has_dma) {
    int cause = 1;
    for (size_t s = 0; s < reads.size(); s++) {
      (reads[s] ? readers : writers) |= 1u << s;
      first_wait[s] = cause;
      if (reads[s]) cause += 4;
    }
    output_blocked = cause++;
    dependency_ = cause++;
    dma = has_dma ? cause++ : -1;
    configuration = cause++;
    fill = cause++;
    drain = cause++;
    causes = cause;
  }

  int64_t total_cycles() const { return elapsed - trailing; }
  int64_t count(int cause) const { return counts[cause] - (cause == configuration ? trailing : 0); }

  // Ends a cycle; the cause it is charged to, if it is counted, else -1.
  int end(const Seen& seen, bool open) {
    const bool filling = !stepped;
    stepped = seen.active && (stepped || seen.step);
    const bool counted = counting;
    counting = counting || open;
    if (!counted) return -1;
    const int cause = classify(seen, filling);
    counts[cause]++;
    elapsed++;
    const bool jobs = seen.running || seen.others_running || seen.active || seen.queued || seen.others_queued ||
                      seen.core_queued || seen.copying;
    trailing = jobs ? 0 : trailing + 1;
    cycles += seen.running != 0;
    return cause;
  }

 private:
  int dependency(bool awaits_copy) const { return dma >= 0 && awaits_copy ? dma : dependency_; }

  int classify(const Seen& seen, bool filling) const {
    if (seen.step) return 0;
    if (const uint32_t needs = seen.needs) {
      const int reader = __builtin_ctz(needs);
      if (!(seen.running >> reader & 1))
        return seen.queued >> reader & 1 ? dependency(seen.await_copy >> reader & 1) : configuration;
      return filling ? fill : first_wait[reader] + seen.waiting;
    }
    if (seen.blocked) {
      if (seen.running & writers) return output_blocked;
      return seen.queued & writers ? dependency(seen.await_copy & writers) : configuration;
    }
    if (seen.core_queued) return dependency(seen.core_awaits_copy);
    if ((seen.running & writers) || seen.active || seen.others_running) return drain;
    if (seen.queued || seen.others_queued) return dependency(seen.await_copy || seen.others_await_copy);
    return seen.copying ? dma : configuration;
  }
};

}  // namespace hwgen::cycles

#endif
