// SPDX-License-Identifier: Apache-2.0

// Who gets which bank, as hwgen/soc/interconnect.py and hwgen/parts/arbiter.py.

#ifndef HWGEN_CYCLE_INTERCONNECT_H
#define HWGEN_CYCLE_INTERCONNECT_H

#include "streamer.h"

namespace hwgen::cycles {

class Interconnect {
  const std::vector<int>& priority;
  const uint64_t period, turns;
  uint64_t phase;

 public:
  // `since_reset` cycles have passed since turns began; the memory window has the last of them.
  Interconnect(const std::vector<int>& priority, int fair_period, uint64_t since_reset)
      : priority(priority), period(uint64_t(fair_period)), turns(priority.size() + 1),
        phase(since_reset % (period * turns)) {}

  // Banks given to each streamer, by its number, in this cycle. Only those in the set `moving` ask for any.
  void arbitrate(const std::vector<Streamer*>& streamers, uint64_t moving, uint64_t* mine) {
    const uint64_t whose = phase % period == 0 ? phase / period : turns;
    if (++phase == period * turns) phase = 0;
    uint64_t wanted = 0, several = 0;
    for (uint64_t left = moving; left; left &= left - 1) {
      const int s = lowest(left);
      several |= wanted & streamers[s]->asked.wanted;
      wanted |= mine[s] = streamers[s]->asked.wanted;
    }
    if (!several) return;
    uint64_t pressing = 0;
    for (int s : priority) pressing |= streamers[s]->asked.pressing;
    const uint64_t due = whose < priority.size() ? streamers[priority[whose]]->asked.wanted : 0;
    uint64_t taken = due;
    for (size_t i = 0; i < priority.size(); i++) {
      const Requests& asked = streamers[priority[i]]->asked;
      const uint64_t candidates = asked.pressing | (asked.wanted & ~pressing);
      uint64_t given = candidates & ~taken;
      taken |= given;
      if (i == whose) given |= due;
      mine[priority[i]] = given;
    }
  }
};

}  // namespace hwgen::cycles

#endif
