// SPDX-License-Identifier: Apache-2.0

// The host: the bus player of sim/bus_player.v without pauses, and the bus as hwgen/soc/axi_lite.py and control.py answer it.

#ifndef HWGEN_CYCLE_BUS_H
#define HWGEN_CYCLE_BUS_H

#include "units.h"

namespace hwgen::cycles {

constexpr uint32_t OUTSTANDING = 16;  // Writes that the player leaves unanswered.

// Operations of a program, as tables.py numbers them; each has two operands.
enum Operation : int64_t {
  END = 0,
  WRITE = 1,           // Of a register that has no influence on cycles.
  WRITE_JOB = 2,       // Of a register that prepares a job.
  PUSH = 3,            // Entries of job `first` to the units in the set `second`.
  ANNOUNCE = 4,        // Descriptors up to word `first`.
  POLL_ROOM = 5,       // Until no queue of the units in the set `first` is full.
  POLL_COMPLETED = 6,  // Until unit `first` has completed `second` entries.
  WAIT = 7,            // For the interrupt.
};

struct BusWrite {
  Operation operation = WRITE;
  int64_t first = 0, second = 0;
};

class Bus {
  static constexpr int SAMPLED = 2, ANSWERED = 4;  // Cycles from a read's address on the bus to its value and its answer.

  const int64_t* program;
  uint32_t writes = 0, driven = 0, answered = 0;
  std::vector<BusWrite> waiting{OUTSTANDING};
  bool valid = false;
  BusWrite on_bus;
  Queue<BusWrite> accepted{2};
  Queue<char> answers{2};
  int read_age = -1;  // Cycles since the read under way was put on the bus; -1 for none.
  bool polling = false, poll_met = false;

  Operation operation() const { return Operation(program[0]); }
  void proceed() { program += 3; }

 public:
  explicit Bus(const int64_t* operations) : program(operations) { issue(false); }

  bool ended() const { return operation() == END && writes == answered; }
  bool waits() const { return operation() == WAIT && writes == answered; }

  // The write that is carried out in this cycle, if any.
  const BusWrite* write() const { return accepted.valid() && answers.ready() ? &accepted.front() : nullptr; }

  // Whether the condition that is polled is looked at in this cycle, and what it is.
  bool polls() const { return read_age == SAMPLED; }
  Operation polled() const { return operation(); }
  int64_t first() const { return program[1]; }
  int64_t second() const { return program[2]; }
  void look(bool met) { poll_met = met; }

  // The edge that ends a cycle.
  void end(bool interrupt) {
    const bool taken = write() != nullptr, ready = accepted.ready(), handed = valid && ready;
    if (answers.valid()) {
      answers.pop();
      answered++;
    }
    if (taken) {
      answers.push(0);
      accepted.pop();
    }
    if (handed) accepted.push(on_bus);
    if (read_age >= 0 && read_age++ == ANSWERED) {
      read_age = -1;
      if (poll_met) {
        polling = false;
        proceed();
      }
    }
    valid = valid && !ready;
    issue(interrupt);
    accepted.commit();
    answers.commit();
  }

 private:
  void issue(bool interrupt) {
    if (operation() == WAIT && writes == answered && interrupt) proceed();
    if (operation() >= WRITE && operation() <= ANNOUNCE) {
      if (!polling && writes - answered < OUTSTANDING) {
        waiting[writes++ % OUTSTANDING] = {operation(), program[1], program[2]};
        proceed();
      }
    } else if ((operation() == POLL_ROOM || operation() == POLL_COMPLETED) && writes == answered && read_age < 0) {
      polling = true;
      read_age = 0;
    }
    if (!valid && driven != writes) {
      on_bus = waiting[driven++ % OUTSTANDING];
      valid = true;
    }
  }
};

}  // namespace hwgen::cycles

#endif
