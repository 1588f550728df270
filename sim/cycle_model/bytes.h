// SPDX-License-Identifier: Apache-2.0

// Counts of bytes on their way between pieces of two shapes: hwgen/dma/packer.py and unpacker.py.

#ifndef HWGEN_CYCLE_BYTES_H
#define HWGEN_CYCLE_BYTES_H

#include "front.h"

namespace hwgen::cycles {

// A word of a dense stream.
struct Dense {
  int64_t count = 0;
  bool last = false;
};

class Packer {
  const int64_t word;
  int64_t fill = 0, piece_end = 0, rest = 0;
  bool valid = false, last = false, flushing = false, gives = false, advances = false;

 public:
  Queue<Dense> words{2};
  bool ready = false;  // Of this cycle.

  explicit Packer(int64_t word_bytes) : word(word_bytes) {}

  bool idle() const { return !valid && !flushing && !words.valid(); }

  void look() {
    const bool whole = last || piece_end >= word;
    gives = (flushing || (valid && whole)) && words.ready();
    advances = !flushing && (words.ready() || !whole);
    ready = !valid || advances;
  }

  // Ends the cycle; the piece taken, if any.
  void end(const Piece* piece) {
    const bool overhangs = last && piece_end > word;
    if (gives) {
      words.push({flushing ? rest : piece_end >= word ? word : piece_end, flushing || (last && !overhangs)});
    }
    if (flushing) {
      flushing = !gives;
    } else if (valid && advances) {
      flushing = overhangs;
      rest = piece_end % word;
    }
    if (ready) valid = piece != nullptr;
    if (piece) {
      piece_end = fill + piece->count;
      last = piece->last;
      fill = last ? 0 : piece_end % word;
    }
    words.commit();
  }
};

class Unpacker {
  int64_t left = 0;
  bool final = false, cut_short = false, dropping = false;
  bool wants = false, advances = false;

 public:
  bool valid = false, last = false;  // Registers: a word leaves, which is its copy's last.
  bool mismatch = false;             // A copy's sides were of different lengths.
  bool ready = false;                // Of this cycle: a piece would be taken.

  bool idle() const { return !valid && !dropping; }

  // `piece` is the one that would be taken, if there is any.
  void look(bool out_ready, const Piece* piece, bool fill, const Queue<Dense>& words) {
    advances = !valid || out_ready;
    wants = piece && !fill && !final && piece->count > left;
    ready = !dropping && (!wants || words.valid()) && advances;
  }

  // Ends the cycle; the piece taken, if any.
  void end(const Piece* piece, bool fill, Queue<Dense>& words) {
    const Dense word = words.front();
    const bool has_word = words.valid(), drops = dropping;
    if (drops && has_word) words.pop();
    if (piece && wants) words.pop();
    if (drops && has_word && word.last) dropping = false;
    if (piece && !fill) {
      const int64_t further = piece->count - left;
      const bool missing = wants ? further > word.count : piece->count > left;
      const bool used = wants ? further == word.count : piece->count == left;
      const bool ended = wants ? word.last : final;
      if (piece->last) {
        mismatch = mismatch || !(ended && used && !missing && !cut_short);
        dropping = !ended;
        left = 0;
        final = cut_short = false;
      } else {
        left = missing ? 0 : wants ? word.count - further : left - piece->count;
        final = ended;
        cut_short = cut_short || missing;
      }
    }
    if (advances) valid = piece != nullptr;
    if (piece) last = piece->last;
  }
};

}  // namespace hwgen::cycles

#endif
