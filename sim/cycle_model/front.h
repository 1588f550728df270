// SPDX-License-Identifier: Apache-2.0

// The address side of a streamer: entries in, bank accesses of one step out, as hwgen/streamer/front.py.

#ifndef HWGEN_CYCLE_FRONT_H
#define HWGEN_CYCLE_FRONT_H

#include <algorithm>

#include "loops.h"

namespace hwgen::cycles {

constexpr uint32_t JOBS_IN_FLIGHT = 8;

struct Step {
  uint64_t active = 0;  // Channels whose word is accessed.
  uint64_t banks = 0;   // Those accessed.
  bool shared = false;  // Some of them by several channels.
  bool last = false;
  uint8_t bank[MOST_CHANNELS];
};

// What a step holds of its run of bytes.
struct Piece {
  int64_t lane = 0, count = 0;
  bool last = false;
};

// As hwgen/config/error_causes.py.
enum ErrorCause : int64_t { OUTSIDE_MEMORY = 1, UNALIGNED = 2, BEYOND_REACH = 3 };

struct DataJob {
  bool empty = false;
};

class Front {
  enum { BASE, GROUP, FETCHED, RUN_BYTES, ROW_LENGTH, ROW_LOOP, ROW_WRAP, TAIL_WORD_LOOPS, TAIL_WORD_BYTES, ARRAYS };

  const MemoryTable& memory;
  const StreamerTable& table;
  int unit;
  LoopNest nest;
  int64_t offsets[MOST_CHANNELS] = {};
  int lane_of[MOST_CHANNELS][MOST_SPATIAL] = {};
  int group_bits = 0;
  uint64_t fetched = 0;
  Row fields = nullptr;
  // The run under way.
  bool run_begins = false;
  int64_t run_bytes = 0, run_left = 0;

 public:
  Queue<DataJob> jobs{JOBS_IN_FLIGHT};
  Queue<Piece> pieces;

  Front(const MemoryTable& memory, const StreamerTable& table, int unit)
      : memory(memory), table(table), unit(unit),
        pieces(table.byte_addressed ? uint32_t(table.address_depth + table.data_depth + 2) : 1) {
    nest.resize(table.loops, 32);
    nest.lanes = table.bounds[0];
    for (int c = 0; c < table.channels; c++)
      for (int s = 0, rest = c; s < table.spatial; rest /= table.bounds[s++]) lane_of[c][s] = rest % table.bounds[s];
  }

  bool idle() const { return !nest.running && !jobs.valid() && !pieces.valid(); }
  bool step_valid() const { return nest.running && (!table.byte_addressed || pieces.ready()); }
  // Whether an entry could be taken, if a step leaves (or not) in this cycle.
  bool entry_ready(bool step_leaves) const { return jobs.ready() && (!nest.running || (step_leaves && nest.last())); }

  // The step that leaves in this cycle.
  void leave(Step& step) {
    uint64_t taking_part = fetched;
    if (table.tail_masks) taking_part &= kept_by_tails();
    if (table.byte_addressed) taking_part &= run_piece();
    step.last = nest.last();
    step.active = taking_part;
    locate(step);
    step.banks = 0;
    step.shared = false;
    for (uint64_t left = taking_part; left; left &= left - 1) {
      const uint64_t bank = uint64_t(1) << step.bank[lowest(left)];
      step.shared |= (step.banks & bank) != 0;
      step.banks |= bank;
    }
    nest.advance();
  }

  void take(Row entry) {
    fields = entry;
    Row strides = entry + ARRAYS, bounds = strides + table.spatial, steps = bounds + table.loops;
    int64_t spatial[MOST_CHANNELS] = {};
    for (int c = 0; c < table.channels; c++) {
      for (int s = 0; s < table.spatial; s++) spatial[c] += lane_of[c][s] * strides[s];
      offsets[c] = spatial[c];
    }
    group_bits = table.group_bits[std::min<size_t>(size_t(entry[GROUP]), table.group_bits.size() - 1)];
    fetched = uint64_t(entry[FETCHED]);
    nest.row_length = entry[ROW_LENGTH];
    nest.row_loop = int(entry[ROW_LOOP]);
    nest.row_wrap = entry[ROW_WRAP];
    run_bytes = entry[RUN_BYTES];
    run_begins = true;
    bool some = nest.take(entry[BASE], bounds, steps);
    if (table.byte_addressed && run_bytes == 0) some = nest.running = false;
    jobs.push({!some});
  }

  void commit() {
    jobs.commit();
    if (table.byte_addressed) pieces.commit();
  }

 private:
  // Banks of all channels; throws if one that takes part is not legal.
  void locate(Step& step) const {
    const int64_t pointer = int32_t(uint32_t(nest.pointer()));
    const int64_t illegal = ~(memory.size() - 1) | (table.byte_addressed ? 0 : (int64_t(1) << memory.byte_bits) - 1);
    const uint64_t within = low_bits(group_bits), beyond_reach = uint64_t(table.reach) - 1;
    const int high = group_bits + memory.row_bits + memory.byte_bits;
    uint64_t wrong = 0;
    for (int c = 0; c < table.channels; c++) {
      int64_t address = pointer + offsets[c];
      if (nest.row_length) address += nest.row_ends_before(lane_of[c][0]) * nest.row_wrap;
      const uint64_t bank = (uint64_t(address) >> memory.byte_bits & within) | uint64_t(address) >> high << group_bits;
      step.bank[c] = uint8_t(bank);
      wrong |= uint64_t((address & illegal) != 0 || ((bank ^ uint64_t(c)) & beyond_reach) != 0) << c;
    }
    if (wrong & step.active) complain(lowest(wrong & step.active), pointer);
  }

  [[noreturn]] void complain(int channel, int64_t pointer) const {
    int64_t address = pointer + offsets[channel];
    if (nest.row_length) address += nest.row_ends_before(lane_of[channel][0]) * nest.row_wrap;
    const bool outside = address < 0 || address >= memory.size();
    const bool unaligned = !table.byte_addressed && address & ((int64_t(1) << memory.byte_bits) - 1);
    throw Failure{BAD_ACCESS, unit, outside ? OUTSIDE_MEMORY : unaligned ? UNALIGNED : BEYOND_REACH, channel, address};
  }

  bool acts(int64_t loops) const {
    for (int d = 0; d < table.loops; d++)
      if (loops >> d & 1 && !nest.at_end(d)) return false;
    return loops != 0;
  }

  // Channels that tail masks leave anything of.
  uint64_t kept_by_tails() const {
    uint64_t kept = ~uint64_t(0);
    Row tails = fields + ARRAYS + table.spatial + 2 * table.loops;
    for (int s = 0; s < table.spatial; s++, tails += 3) {
      if (!acts(tails[0])) continue;
      for (int c = 0; c < table.channels; c++)
        if (lane_of[c][s] > tails[1] || (lane_of[c][s] == tails[1] && tails[2] == 0)) kept &= ~(uint64_t(1) << c);
    }
    return acts(fields[TAIL_WORD_LOOPS]) && fields[TAIL_WORD_BYTES] == 0 ? 0 : kept;
  }

  // Tells what the step holds of its run, and returns the channels that hold any of it; hwgen/streamer/run.py.
  uint64_t run_piece() {
    const int64_t word_bytes = int64_t(1) << memory.byte_bits, step_bytes = table.channels * word_bytes;
    const bool run_end = nest.at_end(0), last_run = nest.outer_at_end();
    const int64_t rest = run_begins ? run_bytes : run_left;
    const int64_t lane = run_begins ? int64_t(nest.pointer()) & (word_bytes - 1) : 0;
    const int64_t room = step_bytes - lane, count = std::min(rest, room);
    const bool ends = table.reads ? count != 0 && (rest <= room || run_end) : run_end;
    pieces.push({lane, count, last_run && ends});
    run_begins = run_end;
    run_left = rest - count;
    return count ? low_bits(int((lane + count + word_bytes - 1) >> memory.byte_bits)) : 0;
  }
};

}  // namespace hwgen::cycles

#endif
