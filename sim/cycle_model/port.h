// SPDX-License-Identifier: Apache-2.0

// The AXI4 port that readers and writers of external memory share: hwgen/dma/port.py.

#ifndef HWGEN_CYCLE_PORT_H
#define HWGEN_CYCLE_PORT_H

#include "memory.h"

namespace hwgen::cycles {

// One direction's requests, taken in turn.
class RequestChannel {
  const int count;
  int turn = 0;

 public:
  Queue<Burst> queue{2};
  int chosen = 0;
  bool free = false, taken = false;  // Of this cycle.

  explicit RequestChannel(int count) : count(count) {}

  // `room` for another burst; depends on registers only.
  void look(bool room) {
    free = room && queue.ready();
    chosen = 0;
    taken = false;
  }

  // Bit i of `valid`: requester i has a burst, and they are all known.
  void choose(uint32_t valid) {
    for (int i = count - 1; i >= 0; i--)
      if (const int requester = (turn + i) % count; valid >> requester & 1) chosen = requester;
  }
  bool ready(int requester) const { return free && chosen == requester; }

  void take(const Burst& burst) {
    queue.push(burst);
    taken = true;
    turn = chosen == count - 1 ? 0 : chosen + 1;
  }
};

class Port {
  static constexpr uint32_t WRITES_ACCEPTED = 16;

  const uint64_t limit;
  uint64_t reading = 0, writing = 0;
  Queue<Burst> owed{WRITES_ACCEPTED};
  Queue<char> beats{2};
  int64_t sent = 0;

 public:
  Memory memory;
  RequestChannel reads, writes;

  Port(const MemoryOptions& options, const DmaTable& dma)
      : limit(4 * uint64_t(dma.outstanding)), memory(options, dma.beat_bits), reads(1 + dma.descriptors), writes(2) {}

  bool idle() const { return !reading && !writing && memory.idle(); }

  void look() {
    reads.look(reading < limit);
    writes.look(writing < limit && owed.ready());
  }

  // Whether a writer's beat is taken in this cycle, if it has one.
  bool beat_ready(int writer) const { return owed.valid() && owed.front().id == writer && beats.ready(); }

  bool beat_comes(int reader) const { return memory.r_valid && memory.r_id == reader; }
  bool answer_comes(int writer) const { return memory.b_valid && memory.b_id == writer; }

  // Ends the cycle; whether a writer gives a beat, and whether what memory has is taken.
  void end(bool beat, bool answer_taken, bool read_taken) {
    const bool ar = reads.queue.valid() && memory.ar_ready, aw = writes.queue.valid() && memory.aw_ready;
    const Burst ar_burst = reads.queue.front(), aw_burst = writes.queue.front();
    const bool w = beats.valid() && memory.w_ready;
    if (ar) reads.queue.pop();
    if (aw) writes.queue.pop();
    if (w) beats.pop();
    reading += uint64_t(reads.taken) - uint64_t(read_taken && memory.r_last);
    writing += uint64_t(writes.taken) - uint64_t(answer_taken);
    if (beat) {
      beats.push(0);
      const bool last = sent == owed.front().length;
      sent = last ? 0 : sent + 1;
      if (last) owed.pop();
    }
    memory.end(aw ? &aw_burst : nullptr, w, ar ? &ar_burst : nullptr, answer_taken, read_taken);
    reads.queue.commit();
    writes.queue.commit();
    owed.commit();
    beats.commit();
  }

  void owe(const Burst& burst) { owed.push(burst); }
};

}  // namespace hwgen::cycles

#endif
