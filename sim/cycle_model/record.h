// SPDX-License-Identifier: Apache-2.0

// What every unit did in each counted cycle, for comparison with what sim/recorder.py writes down.

#ifndef HWGEN_CYCLE_RECORD_H
#define HWGEN_CYCLE_RECORD_H

#include "tables.h"

namespace hwgen::cycles {

// As STATES of sim/recorder.py; a reader that is waited for is in state WAITING plus its cause.
enum State : uint8_t { IDLE = 0, DEPENDENCY = 1, RUNNING = 2, BLOCKED = 3, WAITING = 4 };

// Rows of a byte for the cause and one for each unit, as many as there is room for.
struct Record {
  uint8_t* next;
  int64_t room;

  bool wanted() const { return room > 0; }
  void add(int cause, const uint8_t* states, int units) {
    *next++ = uint8_t(cause);
    std::memcpy(next, states, size_t(units));
    next += units;
    room--;
  }
};

}  // namespace hwgen::cycles

#endif
