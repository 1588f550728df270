// SPDX-License-Identifier: Apache-2.0

// hwgen/gemm/core.py and sequencer.py without numbers.

#ifndef HWGEN_CYCLE_CORE_H
#define HWGEN_CYCLE_CORE_H

#include "tables.h"

namespace hwgen::cycles {

class Core {
  enum { STEPS, TILES, ADD_C, QUANTIZE };
  struct Issue {
    bool load = false, last = false, end = false, quantize = false;
  };

  // Sequencer.
  bool running = false, first = true, add_c = false, quantize = false;
  int64_t steps = 0, steps_left = 0, tiles_left = 0;
  // Products, and results.
  bool products_valid = false, ending = false;
  Issue products;
  // Of this cycle.
  Issue issue;
  bool issue_empty = false, leaves = false, products_ready = false, advance = false;

 public:
  bool d_valid = false, q_valid = false;  // Registers.
  bool done = false;                      // Register: a job has completed.
  // Of this cycle.
  bool takes_ab = false, takes_c = false, entry_ready = false;
  bool active = false, blocked = false, needs_a = false, needs_b = false, needs_c = false;

  bool idle() const { return !running && !products_valid && !d_valid && !q_valid && !ending && !done; }

  void look(bool a_valid, bool b_valid, bool c_valid, bool d_ready, bool q_ready) {
    issue_empty = steps_left == 0 || tiles_left == 0;
    issue.last = !issue_empty && steps_left == 1;
    issue.end = issue_empty || (issue.last && tiles_left == 1);
    issue.load = first && add_c && !issue_empty;
    issue.quantize = quantize;
    const bool wanted = running && !issue_empty;
    blocked = (d_valid && !d_ready) || (q_valid && !q_ready);
    const bool wants_c = products_valid && products.load;
    advance = products_valid && !blocked && (!wants_c || c_valid);
    products_ready = !products_valid || advance;
    takes_ab = wanted && a_valid && b_valid && products_ready;
    takes_c = wants_c && c_valid && !blocked;
    leaves = running && products_ready && (issue_empty || (a_valid && b_valid));
    entry_ready = !running || (leaves && issue.end);
    active = running || products_valid || d_valid || q_valid || ending;
    needs_a = wanted && !a_valid;
    needs_b = wanted && !b_valid;
    needs_c = wants_c && !c_valid;
  }

  // Ends the cycle; `entry` is the one taken in it, if any.
  void end(Row entry) {
    done = ending && !blocked;
    if (!blocked) {
      const bool finished = advance && products.last;
      d_valid = finished && !products.quantize;
      q_valid = finished && products.quantize;
      ending = advance && products.end;
    }
    if (products_ready) {
      products_valid = leaves;
      products = issue;
    }
    if (leaves) {
      first = issue.last || issue_empty;
      steps_left = issue.last ? steps : steps_left - 1;
      tiles_left -= issue.last;
    }
    if (entry_ready) running = entry != nullptr;
    if (!entry) return;
    steps = steps_left = entry[STEPS];
    tiles_left = entry[TILES];
    add_c = entry[ADD_C];
    quantize = entry[QUANTIZE];
  }
};

}  // namespace hwgen::cycles

#endif
