// SPDX-License-Identifier: Apache-2.0

// When external memory answers: sim/external_memory.h without its bytes, pauses, jitter and reordering.

#ifndef HWGEN_CYCLE_MEMORY_H
#define HWGEN_CYCLE_MEMORY_H

#include <algorithm>
#include <deque>

#include "tables.h"

namespace hwgen::cycles {

struct MemoryOptions {
  uint64_t latency, bandwidth, outstanding;  // Bandwidth in 1/65536 bytes a cycle, 0 for a beat a cycle.

  explicit MemoryOptions(Cursor cursor)
      : latency(uint64_t(cursor.next())), bandwidth(uint64_t(cursor.next())), outstanding(uint64_t(cursor.next())) {}
};

// A burst on the bus: who asked, and beats less one.
struct Burst {
  int id = 0;
  int64_t length = 0;
};

class Memory {
  static constexpr size_t DATA_QUEUE = 4;
  static constexpr uint64_t ONE = 65536;
  struct Pending {
    Burst burst;
    uint64_t due = 0;
    int64_t beats = 0;
  };

  const MemoryOptions options;
  const uint64_t cost, rate, capacity;
  uint64_t cycle = 0, tokens, open_reads = 0, open_writes = 0;
  size_t beats = 0;
  bool write_next = false;
  std::deque<Pending> reads, writes, answers;

 public:
  // Registers.
  bool aw_ready = false, w_ready = false, ar_ready = false, b_valid = false, r_valid = false, r_last = false;
  int b_id = 0, r_id = 0;

  Memory(const MemoryOptions& options, int beat_bits)
      : options(options), cost((uint64_t(1) << beat_bits) * ONE), rate(options.bandwidth ? options.bandwidth : cost),
        capacity(rate + cost), tokens(capacity) {
    set_ready();
  }

  bool idle() const { return reads.empty() && writes.empty() && answers.empty() && !beats && !b_valid && !r_valid; }
  uint64_t latency() const { return options.latency; }

  // Instead of `end`, of a cycle in which nothing is handed over and nothing is under way.
  void rest() {
    cycle++;
    tokens = std::min(capacity, tokens + rate);
  }

  // The edge that ends a cycle: bursts, beats and answers that are handed over in it.
  void end(const Burst* aw, bool w, const Burst* ar, bool b_taken, bool r_taken) {
    rest();
    if (r_taken) {
      r_valid = false;
      open_reads -= r_last;
    }
    if (b_taken) {
      b_valid = false;
      open_writes--;
    }
    if (w) beats++;
    if (aw) {
      writes.push_back({*aw});
      open_writes++;
    }
    if (ar) {
      reads.push_back({*ar, due()});
      open_reads++;
    }
    move();
    if (!b_valid && !answers.empty() && answers.front().due <= cycle) {
      b_valid = true;
      b_id = answers.front().burst.id;
      answers.pop_front();
    }
    set_ready();
  }

 private:
  uint64_t due() const { return cycle + options.latency - 1; }

  void set_ready() {
    aw_ready = open_writes < options.outstanding;
    ar_ready = open_reads < options.outstanding;
    w_ready = beats < DATA_QUEUE;
  }

  void move() {
    bool read = !r_valid && !reads.empty() && reads.front().due <= cycle, write = beats && !writes.empty();
    if (tokens < cost) read = write = false;
    if (read && write && tokens < 2 * cost) {
      (write_next ? read : write) = false;
      write_next = !write_next;
    }
    if (read) {
      Pending& first = reads.front();
      r_valid = true;
      r_id = first.burst.id;
      r_last = first.beats++ == first.burst.length;
      if (r_last) reads.pop_front();
    }
    if (write) {
      beats--;
      Pending& first = writes.front();
      if (first.beats++ == first.burst.length) {
        first.due = due();
        answers.push_back(first);
        writes.pop_front();
      }
    }
    tokens -= (uint64_t(read) + write) * cost;
  }
};

}  // namespace hwgen::cycles

#endif
