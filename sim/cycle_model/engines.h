// SPDX-License-Identifier: Apache-2.0

// Copies in, copies out and single words: hwgen/dma/load.py, store.py and notify.py.

#ifndef HWGEN_CYCLE_ENGINES_H
#define HWGEN_CYCLE_ENGINES_H

#include "copies.h"
#include "port.h"
#include "reader.h"
#include "writer.h"

namespace hwgen::cycles {

constexpr int LOAD_READER = 0, FETCH_READER = 1, STORE_WRITER = 0, NOTIFY_WRITER = 1;

class Load {
  Packer packer;
  Unpacker unpacker;
  bool dealt = false, gives = false, ends = false, empty = false;

 public:
  ExternalSide side;
  bool done = false, takes_beat = false;  // Of this cycle.

  explicit Load(const DmaTable& dma) : packer(int64_t(1) << dma.beat_bits), side(dma, false) {}

  bool idle() const { return side.idle() && packer.idle() && unpacker.idle(); }
  bool gives_step() const { return unpacker.valid; }

  void look(const Port& port, const Writer& writer) {
    side.look();
    packer.look();
    takes_beat = port.beat_comes(LOAD_READER) && packer.ready && side.beat_valid;
    const bool job = side.jobs.valid();
    empty = job && side.jobs.front().empty;
    const bool deals = job && !empty && !dealt && writer.front.pieces.valid(), fill = job && side.jobs.front().fill;
    unpacker.look(writer.ready, deals ? &writer.front.pieces.front() : nullptr, fill, packer.words);
    gives = deals && unpacker.ready;
    ends = unpacker.valid && writer.ready && unpacker.last;
    done = job && (ends || empty);
  }

  void end(Writer& writer, Row entry, int unit) {
    const bool fill = side.jobs.valid() && side.jobs.front().fill;
    const Piece piece = writer.front.pieces.front();
    unpacker.end(gives ? &piece : nullptr, fill, packer.words);
    if (unpacker.mismatch) throw Failure{WRONG_LENGTH, unit};
    if (gives) writer.front.pieces.pop();
    if (ends) dealt = false;
    else if (gives && piece.last) dealt = true;
    if (done) side.jobs.pop();
    packer.end(takes_beat ? &side.beat : nullptr);
    side.end(takes_beat, entry);
  }
};

class Store {
  Packer packer;
  Unpacker unpacker;
  Queue<char> burst_ends{2};
  bool asks = false, gives = false, takes_step = false, out_leaves = false;

 public:
  ExternalSide side;
  bool done = false, takes_answer = false;  // Of this cycle.

  explicit Store(const DmaTable& dma) : packer(int64_t(1) << dma.beat_bits), side(dma, true) {}

  bool idle() const {
    return side.idle() && packer.idle() && unpacker.idle() && !burst_ends.valid() && !side.answered.valid();
  }
  bool step_ready() const { return takes_step; }
  bool gives_beat() const { return out_leaves; }

  // Up to its request, which `asks` tells of.
  void look(const Port& port, const Reader& reader) {
    side.look();
    packer.look();
    takes_step = packer.ready && reader.front.pieces.valid();
    const bool out_ready = port.beat_ready(STORE_WRITER);
    out_leaves = out_ready && unpacker.valid && burst_ends.valid();
    unpacker.look(out_ready && burst_ends.valid(), side.beat_valid ? &side.beat : nullptr, false, packer.words);
    asks = side.beat_valid && side.burst_begins && unpacker.ready && burst_ends.ready();
    const bool owner = side.jobs.valid() && !side.jobs.front().empty;
    takes_answer = port.answer_comes(STORE_WRITER) && side.answered.valid() && owner;
    done = side.jobs.valid() && (!owner || (takes_answer && side.answered.front().last));
  }
  bool request_valid() const { return asks; }

  // Once requests have been chosen from.
  void request(Port& port) {
    const bool ready = port.writes.ready(STORE_WRITER), asked = ready || !side.burst_begins;
    gives = side.beat_valid && burst_ends.ready() && asked && unpacker.ready;
    if (!asks || !ready) return;
    const Burst burst{STORE_WRITER, side.beat_burst_length()};
    port.writes.take(burst);
    port.owe(burst);
  }

  void end(Reader& reader, Row entry, int unit) {
    if (out_leaves) burst_ends.pop();
    if (gives) burst_ends.push(0);
    burst_ends.commit();
    unpacker.end(gives ? &side.beat : nullptr, false, packer.words);
    if (unpacker.mismatch) throw Failure{WRONG_LENGTH, unit};
    const bool taken = takes_step && reader.valid;
    const Piece piece = reader.front.pieces.front();
    packer.end(taken ? &piece : nullptr);
    if (taken) reader.front.pieces.pop();
    if (takes_answer) side.answered.pop();
    if (done) side.jobs.pop();
    side.end(gives, entry);
  }
};

class Notify {
  bool giving = false, waiting = false;

 public:
  bool asking = false;
  bool done = false, gives_beat = false, entry_ready = true;  // Of this cycle.

  bool idle() const { return !waiting; }

  void look(const Port& port) {
    entry_ready = !waiting;
    gives_beat = giving && port.beat_ready(NOTIFY_WRITER);
    done = waiting && port.answer_comes(NOTIFY_WRITER);
  }

  void end(Port& port, bool starts) {
    const bool asked = asking && port.writes.ready(NOTIFY_WRITER);
    if (asked) {
      port.writes.take({NOTIFY_WRITER, 0});
      port.owe({NOTIFY_WRITER, 0});
    }
    if (starts) {
      asking = giving = waiting = true;
      return;
    }
    asking = asking && !asked;
    giving = giving && !gives_beat;
    waiting = waiting && !done;
  }
};

}  // namespace hwgen::cycles

#endif
