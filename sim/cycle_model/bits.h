// SPDX-License-Identifier: Apache-2.0

// Sets of up to 64 channels or banks as machine words, and the queue between parts.

#ifndef HWGEN_CYCLE_BITS_H
#define HWGEN_CYCLE_BITS_H

#include <cstdint>
#include <cstring>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hwgen::cycles {

constexpr int MOST_CHANNELS = 64;  // Of a streamer, and banks of a cluster.

inline uint64_t low_bits(int count) { return count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1; }
inline int lowest(uint64_t set) { return __builtin_ctzll(set); }
inline int size_of(uint64_t set) { return __builtin_popcountll(set); }

// Pointers of all channels of a streamer, modulo 256; no two that are compared lie further apart than buffers are deep.
struct Positions {
  alignas(16) uint8_t at[MOST_CHANNELS] = {};
  int blocks = 1;
  uint64_t all = 0;

  void resize(int channels) {
    blocks = (channels + 15) / 16;
    all = low_bits(channels);
  }

  // Channels whose pointer has this value.
  uint64_t equal(uint32_t value) const {
    uint64_t found = 0;
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8(char(value));
    for (int block = 0; block < blocks; block++) {
      const __m128i some = _mm_load_si128(reinterpret_cast<const __m128i*>(at) + block);
      found |= uint64_t(uint32_t(_mm_movemask_epi8(_mm_cmpeq_epi8(some, wanted)))) << (16 * block);
    }
#else
    for (int channel = 0; channel < 16 * blocks; channel++) found |= uint64_t(at[channel] == uint8_t(value)) << channel;
#endif
    return found & all;
  }

  void advance(uint64_t channels) {
    if (channels == all) {
      for (int channel = 0; channel < 16 * blocks; channel++) at[channel]++;
      return;
    }
    for (; channels; channels &= channels - 1) at[lowest(channels)]++;
  }
};

// As hwgen/parts/queue.py: what is pushed or popped in a cycle counts from `commit` on, which ends the cycle.
template <typename Item>
class Queue {
  std::vector<Item> slots;
  uint32_t depth = 0, first = 0, next = 0, held = 0, pushed = 0, popped = 0;

 public:
  explicit Queue(uint32_t depth = 1) { resize(depth); }

  void resize(uint32_t places) {
    depth = places;
    slots.assign(places, Item());
  }

  bool valid() const { return held != 0; }
  bool ready() const { return held < depth; }
  uint32_t level() const { return held; }
  const Item& front() const { return slots[first]; }

  void push(const Item& item) {
    slots[next] = item;
    if (++next == depth) next = 0;
    pushed = 1;
  }
  void pop() { popped = 1; }

  void commit() {
    if (popped && ++first == depth) first = 0;
    held += pushed - popped;
    pushed = popped = 0;
  }
};

}  // namespace hwgen::cycles

#endif
