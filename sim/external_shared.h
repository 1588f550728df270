// SPDX-License-Identifier: Apache-2.0

// What the model of external memory and the session share through a mapped file: how the memory is to behave,
// and what it has seen. sim/external_shared.py describes the same bytes; every field is a 64-bit word.

#ifndef HWGEN_EXTERNAL_SHARED_H
#define HWGEN_EXTERNAL_SHARED_H

#include <cstddef>
#include <cstdint>

namespace hwgen {

constexpr uint64_t LAYOUT = 0x0001'6772'6577'6768;  // Tells this layout from others.
constexpr uint64_t ONE = 65536;                     // Fixed-point one, of `bandwidth` and `pause`.
constexpr size_t ERROR_RANGES = 64;

enum Access : uint64_t { READ = 1, WRITE = 2 };

struct ErrorRange {
  uint64_t start, end;  // Byte addresses, the end excluded.
  uint64_t access;      // Which accesses fail: a sum of Access.
};

// Written by the session while no cycle passes.
struct Options {
  uint64_t layout;
  uint64_t generation;   // Changes whenever another field does.
  uint64_t seed;
  uint64_t base;         // Address of the first byte.
  uint64_t latency;      // Cycles from a request to its first beat, or from the last beat written to the answer.
  uint64_t jitter;       // Most cycles of random latency on top.
  uint64_t bandwidth;    // Bytes a cycle; zero for one beat a cycle.
  uint64_t pause;        // Share of cycles in which each channel pauses.
  uint64_t reorder;      // Nonzero: replies of different identifiers in random order.
  uint64_t outstanding;  // Bursts of each direction that are accepted.
  uint64_t ranges;
  ErrorRange range[ERROR_RANGES];
};

// Cleared by the session before each program.
struct Counters {
  uint64_t bytes_read, bytes_written;  // Full beats read; bytes written whose strobes were set.
  uint64_t read_beats, write_beats;
  uint64_t read_bursts, write_bursts;  // Requests accepted.
  uint64_t read_errors, write_errors;  // Beats read, and bursts written, that were answered with an error.
  uint64_t busy_cycles;                // Cycles in which a beat passed.
  uint64_t first_cycle, last_cycle;    // Of a beat; the first is zero until there was one.
  uint64_t most_reads, most_writes;    // Bursts that were under way at once.
  uint64_t open_reads, open_writes;    // Bursts that are under way now.
  uint64_t unclaimed_beats;            // Beats written that no request has claimed so far.
};

enum Rule : size_t {
  WRITE_REQUEST_DROPPED, WRITE_REQUEST_CHANGED, WRITE_REQUEST_IN_RESET, WRITE_REQUEST_CROSSES_4K,
  WRITE_REQUEST_NOT_INCR, WRITE_REQUEST_NARROW, WRITE_REQUEST_EXCLUSIVE,
  READ_REQUEST_DROPPED, READ_REQUEST_CHANGED, READ_REQUEST_IN_RESET, READ_REQUEST_CROSSES_4K,
  READ_REQUEST_NOT_INCR, READ_REQUEST_NARROW, READ_REQUEST_EXCLUSIVE,
  WRITE_DATA_DROPPED, WRITE_DATA_CHANGED, WRITE_DATA_IN_RESET, WRITE_DATA_LAST_EARLY, WRITE_DATA_LAST_MISSING,
  WRITE_DATA_STROBE_OUTSIDE,
  RULES
};

// How often each rule was broken, and where and when for the first time.
struct Violations {
  struct { uint64_t count, address, cycle; } rule[RULES];
};

struct Shared {
  Options options;
  Counters counters;
  Violations violations;
};

}  // namespace hwgen

#endif
