// SPDX-License-Identifier: Apache-2.0

// Job queues of all units with their waits and signals, and the semaphores: hwgen/soc/unit_queue.py and semaphores.py.

#ifndef HWGEN_CYCLE_UNITS_H
#define HWGEN_CYCLE_UNITS_H

#include "tables.h"

namespace hwgen::cycles {

constexpr uint32_t JOBS_STARTED = 8;

class UnitQueue {
  struct Completion {
    bool signals = false, interrupts = false;
    int semaphore = 0;
    int64_t amount = 0;
  };

  const EntryTable entries;
  Queue<Row> queue;
  Queue<Completion> completions{JOBS_STARTED};
  uint32_t owed = 0;
  bool settles = false, met = false;

 public:
  int wait = 0;  // Which of the head's waits is looked at.
  int64_t started = 0, completed = 0;
  bool starts = false;  // In this cycle.

  UnitQueue(const EntryTable& entries, uint32_t depth) : entries(entries), queue(depth) {}

  bool owes() const { return owed; }
  bool running() const { return started != completed; }
  bool has_room() const { return queue.ready(); }
  void push(Row row) {
    queue.push(row);
  }

  // The entry at the head, if there is one, and whether there is a condition that it still waits for.
  Row head() const { return queue.valid() ? queue.front() : nullptr; }
  bool waits() const { return queue.valid() && wait < entries.wait_count(queue.front()); }

  int64_t source() const { return entries.wait_source(queue.front(), wait); }
  int64_t target() const { return entries.wait_target(queue.front(), wait); }

  // The condition's outcome in this cycle, and whether the unit could take an entry; returns whether that starts.
  bool look(bool condition_met, bool entry_ready) {
    met = condition_met;
    return starts = queue.valid() && !waits() && completions.ready() && entry_ready;
  }

  // The signal that is to be given now, if any.
  bool signals() const { return owed && completions.front().signals; }
  int semaphore() const { return completions.front().semaphore; }
  int64_t amount() const { return completions.front().amount; }

  // Ends the cycle; whether an interrupt is raised.
  bool end(bool done, bool signal_taken, int64_t count_mask) {
    settles = owed && (!completions.front().signals || signal_taken);
    const bool interrupts = settles && completions.front().interrupts;
    if (starts) {
      const Row row = queue.front();
      completions.push({entries.signals(row), entries.interrupts(row), entries.semaphore(row), entries.amount(row)});
      queue.pop();
      started = (started + 1) & count_mask;
      wait = 0;
    } else if (met) {
      wait++;
    }
    if (settles) completions.pop();
    owed += uint32_t(done) - uint32_t(settles);
    completed = (completed + done) & count_mask;
    queue.commit();
    completions.commit();
    starts = met = false;
    return interrupts;
  }
};

// Each cycle serves one request to take and one to add, lowest unit first.
class Semaphores {
  std::vector<int64_t> values;
  const int64_t most;
  int taken = -1, added = -1;
  int64_t taken_amount = 0, added_amount = 0;

 public:
  Semaphores(int count, int width) : values(size_t(count)), most((int64_t(1) << width) - 1) {}

  bool acquire(int64_t semaphore, int64_t amount) {
    if (taken >= 0 || values[size_t(semaphore)] < (amount & most)) return false;
    taken = int(semaphore);
    taken_amount = amount & most;
    return true;
  }
  bool signal(int semaphore, int64_t amount) {
    if (added >= 0 || values[size_t(semaphore)] + amount > most) return false;
    added = semaphore;
    added_amount = amount;
    return true;
  }
  void end() {
    if (taken >= 0) values[size_t(taken)] -= taken_amount;
    if (added >= 0) values[size_t(added)] += added_amount;
    taken = added = -1;
  }
};

}  // namespace hwgen::cycles

#endif
