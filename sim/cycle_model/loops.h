// SPDX-License-Identifier: Apache-2.0

// A loop nest walked step by step, as hwgen/streamer/address.py does it, rows of hwgen/streamer/row.py included.

#ifndef HWGEN_CYCLE_LOOPS_H
#define HWGEN_CYCLE_LOOPS_H

#include "tables.h"

namespace hwgen::cycles {

class LoopNest {
  int dimensions = 1;
  int64_t bounds[MOST_LOOPS] = {}, counts[MOST_LOOPS] = {};
  int64_t strides[MOST_LOOPS] = {};
  uint64_t pointers[MOST_LOOPS] = {};
  uint64_t range = ~uint64_t(0);  // Addresses are taken modulo this plus one.
  int innermost = 0;              // The innermost loop that is not in its last iteration; `dimensions` at the end.

  void find_innermost() {
    innermost = 0;
    while (innermost < dimensions && counts[innermost] == bounds[innermost]) innermost++;
  }

 public:
  bool running = false;

  // Rows: positions in one (0 for none), bytes added at its end, its loop, lanes, and where lane 0 stands in it.
  int64_t row_length = 0, row_wrap = 0, lanes = 1, in_row = 0;
  int row_loop = 0;

  void resize(int loops, int address_bits) {
    dimensions = loops;
    range = low_bits(address_bits);
  }

  // Whether the nest has any step.
  bool take(int64_t base, Row loop_bounds, Row loop_strides) {
    bool some = true;
    for (int d = 0; d < dimensions; d++) {
      bounds[d] = loop_bounds[d];
      strides[d] = loop_strides[d];
      counts[d] = 1;
      pointers[d] = uint64_t(base) & range;
      some = some && bounds[d] != 0;
    }
    in_row = 0;
    find_innermost();
    running = some;
    return some;
  }

  uint64_t pointer() const { return pointers[0]; }
  bool last() const { return innermost == dimensions; }
  bool at_end(int d) const { return counts[d] == bounds[d]; }
  bool outer_at_end() const {
    for (int d = 1; d < dimensions; d++)
      if (!at_end(d)) return false;
    return true;
  }

  // Ends of rows between lane 0 and another of this step.
  int64_t row_ends_before(int64_t lane) const { return row_length ? (in_row + lane) / row_length : 0; }

  void advance() {
    if (last()) {
      running = false;
      return;
    }
    const int d = innermost;
    uint64_t following = pointers[d] + uint64_t(strides[d]);
    if (row_length) {
      if (d == row_loop) {
        following += uint64_t((in_row + lanes) / row_length * row_wrap);
        in_row = (in_row + lanes) % row_length;
      } else if (d > row_loop) {
        in_row = 0;
      }
    }
    for (int i = 0; i <= d; i++) pointers[i] = following & range;
    for (int i = 0; i < d; i++) counts[i] = 1;
    counts[d]++;
    find_innermost();
  }
};

}  // namespace hwgen::cycles

#endif
