// SPDX-License-Identifier: Apache-2.0

// What readers and writers share: addresses of steps under way, each channel's pointer, and its request.

#ifndef HWGEN_CYCLE_STREAMER_H
#define HWGEN_CYCLE_STREAMER_H

#include "front.h"

namespace hwgen::cycles {

// Requests of one streamer in this cycle, and what they want of the interconnect.
struct Requests {
  uint64_t ready = 0;      // Channels that go on in this cycle unless they are refused.
  uint64_t requests = 0;   // Those of them that ask for a bank.
  uint64_t picked = 0;     // Those that no other channel of the streamer keeps from its bank.
  uint64_t wanted = 0;     // Banks asked for, and those asked for urgently.
  uint64_t pressing = 0;
};

class Streamer {
 public:
  const StreamerTable& table;
  Front front;
  Requests asked;
  uint64_t accesses = 0;
  bool done = false;         // A job has completed in this cycle.
  bool entry_ready = true;   // An entry could be taken in this cycle.

 protected:
  Positions positions;
  std::vector<Step> steps;  // As many as can lie between the address and the data side, and a power of two.
  uint32_t write = 0;      // Shared pointer of the address side.
  uint32_t current = 0;    // The step whose turn it is, without fine-grained prefetch.
  uint64_t granted = 0, advancing = 0;

 public:
  Streamer(const MemoryTable& memory, const StreamerTable& table, int unit)
      : table(table), front(memory, table, unit), steps(places_for(table)) {
    positions.resize(table.channels);
  }

  Step& step_at(uint32_t number) { return steps[number & (steps.size() - 1)]; }
  const Step& step_at(uint32_t number) const { return steps[number & (steps.size() - 1)]; }

 protected:
  // Channels `late` go before others of the streamer, and `urgent` ones before other streamers.
  void ask(uint64_t ready, uint64_t late, uint64_t urgent) {
    asked.ready = ready;
    asked.requests = asked.wanted = asked.pressing = 0;
    bool shared = false;
    while (ready) {
      // Channels that are at the same step, which are few groups.
      const uint32_t number = positions.at[lowest(ready)];
      const uint64_t group = positions.equal(number) & ready;
      const Step& step = step_at(number);
      const uint64_t asking = step.active & group;
      ready &= ~group;
      uint64_t banks = step.banks;
      if (asking == step.active) {
        shared |= step.shared;
      } else {
        banks = 0;
        for (uint64_t left = asking; left; left &= left - 1) {
          const uint64_t bank = uint64_t(1) << step.bank[lowest(left)];
          shared |= (banks & bank) != 0;
          banks |= bank;
        }
      }
      shared |= (asked.wanted & banks) != 0;
      asked.requests |= asking;
      asked.wanted |= banks;
    }
    if (!(asked.requests & ~urgent)) asked.pressing = asked.wanted;
    else
      for (uint64_t left = asked.requests & urgent; left; left &= left - 1) asked.pressing |= bank_of(lowest(left));
    asked.picked = shared ? pick(late) : asked.requests;
  }

  // What the banks in `mine` were given to.
  void settle(uint64_t mine) {
    granted = asked.picked;
    if (asked.wanted & ~mine)
      for (uint64_t left = asked.picked; left; left &= left - 1)
        if (!(mine & bank_of(lowest(left)))) granted &= ~(left & -left);
    advancing = asked.ready & ~(asked.requests & ~granted);
    accesses += uint64_t(size_of(granted));
  }

  // Ends the cycle of the address side; a step that `full` does not keep out leaves the front.
  void end_addresses(int depth, uint64_t allowed) {
    uint64_t full = positions.equal(write - uint32_t(depth));
    if (table.address_depth <= 2) full &= ~advancing;
    const bool leaves = front.step_valid() && !full;
    entry_ready = front.entry_ready(leaves);
    if (leaves) front.leave(step_at(write++));
    if (!table.fine_grained && ((~allowed | advancing) & positions.all) == positions.all) current++;
    positions.advance(advancing);
  }

  // Outputs while nothing is under way.
  void rest_addresses() {
    asked = Requests();
    done = false;
    entry_ready = true;
  }

  // Channels whose turn it is, as hwgen/streamer/turn.py.
  uint64_t allowed() const { return table.fine_grained ? positions.all : positions.equal(current); }

 private:
  static size_t places_for(const StreamerTable& table) {
    size_t places = 4;
    while (places < size_t(table.address_depth + table.data_depth + table.latency + 2)) places *= 2;
    return places;
  }
  uint64_t bank_of(int channel) const { return uint64_t(1) << step_at(positions.at[channel]).bank[channel]; }
  uint64_t pick(uint64_t late) const {
    uint64_t picked = 0, taken = 0;
    for (uint64_t left = asked.requests & late; left; left &= left - 1) pick_one(left, picked, taken);
    for (uint64_t left = asked.requests & ~late; left; left &= left - 1) pick_one(left, picked, taken);
    return picked;
  }
  void pick_one(uint64_t left, uint64_t& picked, uint64_t& taken) const {
    const uint64_t bank = bank_of(lowest(left));
    if (!(taken & bank)) picked |= left & -left;
    taken |= bank;
  }
};

}  // namespace hwgen::cycles

#endif
