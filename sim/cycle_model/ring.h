// SPDX-License-Identifier: Apache-2.0

// From a ring of descriptors in external memory to whole descriptors: hwgen/soc/descriptors/ring.py, words.py, checker.py.

#ifndef HWGEN_CYCLE_RING_H
#define HWGEN_CYCLE_RING_H

#include "port.h"
#include "transaction_queue.h"

namespace hwgen::cycles {

// What the host has left in memory.
struct RingTable {
  uint64_t base = 0, size = 1;   // In words.
  std::vector<int64_t> mask_words;  // Of a section, by unit.
  const int64_t* words = nullptr;

  explicit RingTable(Cursor cursor) {
    base = uint64_t(cursor.next());
    size = uint64_t(1) << cursor.next();
    mask_words.resize(size_t(cursor.next()));
    for (int64_t& count : mask_words) count = cursor.next();
    words = cursor.rest();
  }
};

// Asks for announced words block by block.
class RingReader {
  static constexpr uint64_t BLOCK_WORDS = 64;
  enum { LOOK, LOCATE, ASK_LIMIT, ASK } state = LOOK;
  const RingTable& ring;
  const uint64_t depth;
  uint64_t fetched = 0, position = 0, to_end = 0, address = 0, count = 0, coming = 0, room = 0;

 public:
  struct Request {
    uint64_t address = 0, count = 0;
  };
  bool valid = false;  // Register.
  Request request;

  RingReader(const RingTable& ring, uint32_t depth) : ring(ring), depth(depth) {}

  void end(uint64_t tail, uint64_t level, bool arrived, bool taken) {
    const uint64_t room_before = room, available = tail - fetched, to_block = BLOCK_WORDS - address % BLOCK_WORDS;
    uint64_t asked = 0;
    const bool was_valid = valid;
    room = depth - level - coming;
    valid = valid && !taken;
    switch (state) {
      case LOOK:
        position = fetched % ring.size;
        count = std::min(available, BLOCK_WORDS);
        if (available && !was_valid) state = LOCATE;
        break;
      case LOCATE:
        address = ring.base + position;
        to_end = ring.size - position;
        state = ASK_LIMIT;
        break;
      case ASK_LIMIT:
        count = std::min(count, std::min(to_block, to_end));
        state = ASK;
        break;
      case ASK:
        request = {address, count};
        if (int64_t(room_before) < int64_t(count)) break;
        asked = count;
        valid = true;
        fetched += count;
        state = LOOK;
    }
    coming += asked - uint64_t(arrived);
  }
};

// Bursts for requests, and one word a cycle out of their beats.
class ExternalWords {
  static constexpr uint32_t BURSTS = 8, BEATS = 16;
  struct Wanted {
    uint64_t lane = 0, count = 0;
  };
  const uint64_t lanes;
  Queue<Wanted> bursts{BURSTS};
  Queue<char> beats{BEATS};
  bool active = false;
  uint64_t lane = 0, left = 0;

 public:
  Queue<RingReader::Request> requests{2};
  bool word = false;  // Register: a word comes out.

  explicit ExternalWords(int beat_bits) : lanes((uint64_t(1) << beat_bits) / 4) {}

  bool idle() const { return !requests.valid() && !bursts.valid() && !active; }
  bool request_valid() const { return requests.valid() && bursts.ready(); }
  int64_t request_length() const {
    const RingReader::Request& request = requests.front();
    return int64_t((request.address % lanes + request.count - 1) / lanes);
  }
  bool beat_ready() const { return beats.ready(); }

  void end(const RingReader::Request* comes, bool request_taken, bool beat) {
    const bool there = active && beats.valid(), last = left == 1, whole = lane == lanes - 1;
    word = there;
    if (there && (whole || last)) beats.pop();
    if (there && last) bursts.pop();
    if (!active) {
      active = bursts.valid();
      lane = bursts.front().lane;
      left = bursts.front().count;
    } else if (there) {
      active = !last;
      left--;
      lane = (lane + 1) % lanes;
    }
    if (request_taken) {
      bursts.push({requests.front().address % lanes, requests.front().count});
      requests.pop();
    }
    if (beat) beats.push(0);
    if (comes) requests.push(*comes);
    requests.commit();
    bursts.commit();
    beats.commit();
  }
};

// Gives words out by whole descriptors, checksums left out.
class Checker {
 public:
  struct Word {
    int64_t data = 0;
    bool last = false;
  };

 private:
  bool at_header = true, at_checksum = false, held = false, is_checksum = false, is_last = false;
  int64_t left = 0, data = 0;

 public:
  TransactionQueue<Word> words;

  explicit Checker(uint32_t depth) : words(depth) {}

  bool arrived() const { return held; }

  void end(bool comes, int64_t word) {
    if (held && !is_checksum) words.push({data, is_last}, is_last);
    held = comes;
    if (comes) {
      const bool ends = !at_header && !at_checksum && left == 1;
      data = word;
      is_checksum = at_checksum;
      is_last = ends;
      if (at_header) left = (word & 0xFFFF) - 2;
      else if (!at_checksum) left--;
      at_checksum = at_header;
      at_header = ends;
    }
    words.end();
  }
};

}  // namespace hwgen::cycles

#endif
