// SPDX-License-Identifier: Apache-2.0

// From whole descriptors to pushes: hwgen/soc/descriptors/resolver.py, verifier.py, applier.py and queue.py.

#ifndef HWGEN_CYCLE_DESCRIPTORS_H
#define HWGEN_CYCLE_DESCRIPTORS_H

#include "ring.h"

namespace hwgen::cycles {

struct DescriptorStep {
  enum Act { WRITE, PUSH, END } act = WRITE;
  bool restore = false;
  int unit = 0;
  int64_t length = 0;  // Of the descriptor that ends.
};

// Follows masks and sections of descriptors that hold literals only.
class Resolver {
  static constexpr int MASK_BITS = 24;
  enum { HEADER, SECTION, MASKS, REGISTERS, FINISH } state = HEADER;
  const RingTable& ring;
  bool final = false, restore = false;
  int unit = 0;
  int64_t length = 0, part = 0, registers = 0;  // Registers of the mask that are left.

 public:
  bool valid = false;  // Register.
  DescriptorStep step;

  explicit Resolver(const RingTable& ring) : ring(ring) {}

  // Ends the cycle; whether the step is taken.
  void end(TransactionQueue<Checker::Word>& words, bool taken) {
    const bool free = !valid || taken, was_final = final, has_word = words.valid();
    const int64_t data = words.front().data;
    bool emit = false, takes = false;
    DescriptorStep next;
    next.restore = restore;
    next.unit = unit;
    switch (state) {
      case HEADER:
        takes = true;
        length = data & 0xFFFF;
        restore = false;
        if (has_word) state = SECTION;
        break;
      case SECTION:
        takes = !was_final;
        if (!has_word) break;
        unit = int(data & 31);
        restore = data >> 5 & 1;
        registers = __builtin_popcountll(uint64_t(data) >> 8 & low_bits(MASK_BITS));
        part = ring.mask_words[size_t(unit)];
        state = part ? MASKS : REGISTERS;
        break;
      case MASKS:
        takes = !was_final;
        if (!has_word) break;
        registers += __builtin_popcountll(uint64_t(data));
        if (--part == 0) state = REGISTERS;
        break;
      case REGISTERS:
        if (!registers) {
          emit = true;
          next.act = DescriptorStep::PUSH;
          if (free) state = was_final ? FINISH : SECTION;
        } else {
          takes = free && !was_final;
          emit = takes && has_word;
          registers -= emit;
        }
        break;
      case FINISH:
        emit = true;
        next.act = DescriptorStep::END;
        next.length = length;
        if (free) state = HEADER;
    }
    if (takes && has_word) {
      final = words.front().last;
      words.pop();
    }
    if (!free) return;
    valid = emit;
    step = next;
    if (emit) restore = false;
  }
};

class DescriptorQueue {
  const RingTable& ring;
  const uint32_t depth;
  RingReader reader;
  Checker checker;
  Resolver resolver;
  // The verifier's first register, and what it holds back.
  bool held_valid = false;
  DescriptorStep held;
  TransactionQueue<DescriptorStep> items;
  bool restored = false, done = false;
  uint64_t tail = 0, announced = 0, head = 0, given = 0;

 public:
  ExternalWords words;
  int64_t count = 0;  // Descriptors done with.
  int push = -1;      // The unit whose entry is pushed in this cycle, or -1.

  DescriptorQueue(const RingTable& ring, uint32_t depth, int beat_bits)
      : ring(ring), depth(depth), reader(ring, depth), checker(depth), resolver(ring), items(depth), words(beat_bits) {}

  bool waiting() const { return head != tail; }
  bool idle() const { return !waiting() && announced == tail; }
  void announce(uint64_t position) { announced = position; }
  // The unit that an entry would be pushed to in this cycle, or -1.
  int wants_push() const {
    const bool pushes = items.valid() && items.front().act == DescriptorStep::PUSH;
    return pushes && (!items.front().restore || restored) ? items.front().unit : -1;
  }

  // Applies the item of this cycle, where `room` tells of the queue of the unit of `wants_push`.
  void apply(bool room) {
    push = -1;
    done = false;
    if (!items.valid()) return;
    if (items.front().act != DescriptorStep::PUSH) done = true;
    else if (wants_push() >= 0 && room) push = items.front().unit, done = true;
  }

  // Ends the cycle; whether its burst has been asked for, and whether a beat has come.
  void end(bool request_taken, bool beat) {
    const bool free = !held_valid || items.ready();
    if (held_valid && items.ready()) items.push(held, held.act == DescriptorStep::END);
    if (free) {
      held_valid = resolver.valid;
      held = resolver.step;
    }
    if (done) {
      if (items.front().act == DescriptorStep::END) head += uint64_t(items.front().length), count++;
      items.pop();
      restored = false;
    } else if (items.valid()) {
      restored = items.front().restore;
    }
    items.end();
    const uint64_t level = checker.words.level();
    const bool arrived = checker.arrived();
    resolver.end(checker.words, free);
    checker.end(words.word, words.word ? ring.words[given++] : 0);
    const bool asks = reader.valid && words.requests.ready();
    const RingReader::Request request = reader.request;
    reader.end(tail, level, arrived, asks);
    words.end(asks ? &request : nullptr, request_taken, beat);
    tail = announced;
  }
};

}  // namespace hwgen::cycles

#endif
