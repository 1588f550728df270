// SPDX-License-Identifier: Apache-2.0

// hwgen/quant/quantizer.py and its parts without numbers.

#ifndef HWGEN_CYCLE_QUANTIZER_H
#define HWGEN_CYCLE_QUANTIZER_H

#include "tables.h"

namespace hwgen::cycles {

class Quantizer {
  static constexpr uint32_t JOBS_AHEAD = 2, LANE_LATENCY = 3;
  enum { TILES, PER_CHANNEL };
  struct Job {
    int64_t tiles = 0;
    bool per_channel = false;
  };

  const int groups;
  const bool streams;
  // Jobs.
  Queue<Job> jobs{JOBS_AHEAD};
  bool more = false;
  int64_t remaining = 0;
  // Serializer.
  bool tile_valid = false, tile_final = false;
  int group = 0;
  // Parameters from the stream.
  bool full = false, wants = false, begins = false;
  // Lanes: bit s is of the group behind register s.
  uint32_t lanes_valid = 0, lanes_final = 0;
  // Assembler.
  bool advance = true, result_valid = false, result_final = false, caught_final = false;
  int result_group = 0;
  // Of this cycle.
  bool permit = false, first = false, final = false, leaves = false, offered = false, coming = false, use = false;

 public:
  bool done = false;  // Register.
  // Of this cycle; those of `look` depend on registers only.
  bool i_ready = false, p_ready = false, o_valid = false, entry_ready = false, needs_p = false;

  Quantizer(int groups, bool streams) : groups(groups), streams(streams) {}

  bool idle() const { return !jobs.valid() && !more && drained() && !done; }

  void look() {
    const bool waiting = jobs.valid();
    permit = more || (waiting && jobs.front().tiles);
    first = !more;
    final = (more ? remaining : jobs.front().tiles) == 1;
    o_valid = result_valid && result_group == groups - 1;
    needs_p = streams && begins && !full;
    leaves = advance && !needs_p;
    offered = tile_valid && !needs_p;
    i_ready = permit && (!tile_valid || (leaves && group == groups - 1));
    coming = streams && permit && (first ? waiting && jobs.front().per_channel : wants);
    use = begins && full && advance;
    p_ready = needs_p || (coming && (!full || use));
    entry_ready = jobs.ready();
  }

  // Ends the cycle: whether a tile comes, parameters come, a result could leave, and the entry taken.
  void end(bool i_valid, bool p_valid, bool o_ready, Row entry) {
    const bool take = i_valid && i_ready, free = !o_valid || o_ready;
    const bool retire = jobs.valid() && !jobs.front().tiles && !more && drained();
    const bool group_valid = lanes_valid >> (LANE_LATENCY - 1) & 1, group_final = lanes_final >> (LANE_LATENCY - 1) & 1;
    done = (o_valid && o_ready && result_final) || retire;
    if ((take && first) || retire) jobs.pop();
    if (take) {
      remaining = (more ? remaining : jobs.front().tiles) - 1;
      more = !final;
    }
    // Assembler.
    const bool moved = advance;
    if (result_valid && free) result_group = o_valid ? 0 : result_group + 1;
    if (moved && o_valid) caught_final = group_final;
    if (free) {
      result_final = moved ? group_final : caught_final;
      result_valid = group_valid || !moved;
      advance = true;
    } else if (group_valid) {
      advance = false;
    }
    if (moved) {
      lanes_valid = (lanes_valid << 1 | offered) & ((1 << LANE_LATENCY) - 1);
      lanes_final = (lanes_final << 1 | tile_final) & ((1 << LANE_LATENCY) - 1);
    }
    // Serializer.
    if (tile_valid && leaves) {
      if (++group == groups) group = tile_valid = 0;
    }
    if (use) begins = full = false;
    if (take) {
      tile_valid = true;
      tile_final = final;
      begins = wants = coming;
    }
    if (p_valid && p_ready) full = true;
    if (entry) jobs.push({entry[TILES], entry[PER_CHANNEL] != 0});
    jobs.commit();
  }

 private:
  bool drained() const { return !tile_valid && !lanes_valid && !result_valid; }
};

}  // namespace hwgen::cycles

#endif
