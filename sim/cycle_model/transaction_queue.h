// SPDX-License-Identifier: Apache-2.0

// hwgen/parts/transaction_queue.py without rollback.

#ifndef HWGEN_CYCLE_TRANSACTION_QUEUE_H
#define HWGEN_CYCLE_TRANSACTION_QUEUE_H

#include "bits.h"

namespace hwgen::cycles {

// Items come out up to the last that was pushed with `commit`. What happens in a cycle counts from `end` on.
template <typename Item>
class TransactionQueue {
  std::vector<Item> slots;
  uint64_t written = 0, committed = 0, read = 0;
  bool pushes = false, commits = false, pops = false, showing = false;
  Item shown, pushed;

 public:
  explicit TransactionQueue(uint32_t depth) : slots(depth) {}

  uint64_t level() const { return written - read; }
  bool ready() const { return level() < slots.size(); }
  bool valid() const { return showing; }
  const Item& front() const { return shown; }
  void push(const Item& item, bool commit) {
    pushed = item;
    pushes = true;
    commits = commit;
  }
  void pop() { pops = true; }

  void end() {
    const bool fetches = read != committed && (!showing || pops);
    if (fetches) shown = slots[read % slots.size()];
    showing = fetches || (showing && !pops);
    if (pushes) {
      slots[written++ % slots.size()] = pushed;
      if (commits) committed = written;
    }
    read += fetches;
    pushes = commits = pops = false;
  }
};

}  // namespace hwgen::cycles

#endif
