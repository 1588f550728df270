// SPDX-License-Identifier: Apache-2.0

// What a cluster is made of and what its entries hold, as tables.py lays both out in arrays of 64-bit integers.

#ifndef HWGEN_CYCLE_TABLES_H
#define HWGEN_CYCLE_TABLES_H

#include "bits.h"

namespace hwgen::cycles {

constexpr int64_t LAYOUT = 1;  // Changes with the order of what follows; tables.py has the same number.
constexpr int MOST_LOOPS = 12, MOST_SPATIAL = 6, MOST_UNITS = 40, MOST_WAITS = 8, MOST_CAUSES = 96;

using Row = const int64_t*;

class Cursor {
  Row at;

 public:
  explicit Cursor(Row table) : at(table) {}
  int64_t next() { return *at++; }
  Row rest() const { return at; }
};

struct MemoryTable {
  int bank_bits, row_bits, byte_bits;

  explicit MemoryTable(Cursor& cursor)
      : bank_bits(int(cursor.next())), row_bits(int(cursor.next())), byte_bits(int(cursor.next())) {}
  int64_t size() const { return int64_t(1) << (bank_bits + row_bits + byte_bits); }
};

// Every kind of entry begins with these, `fields` behind them.
struct EntryTable {
  int waits;

  int64_t job(Row row) const { return row[0]; }
  int wait_count(Row row) const { return int(row[1]); }
  int64_t wait_source(Row row, int index) const { return row[2 + 2 * index]; }
  int64_t wait_target(Row row, int index) const { return row[3 + 2 * index]; }
  bool signals(Row row) const { return tail(row)[0]; }
  int semaphore(Row row) const { return int(tail(row)[1]); }
  int64_t amount(Row row) const { return tail(row)[2]; }
  bool interrupts(Row row) const { return tail(row)[3]; }
  Row fields(Row row) const { return tail(row) + 4; }

 private:
  Row tail(Row row) const { return row + 2 + 2 * waits; }
};

struct JobsTable {
  int queue_depth, waits, semaphores, count_width, semaphore_width;

  explicit JobsTable(Cursor& cursor)
      : queue_depth(int(cursor.next())), waits(int(cursor.next())), semaphores(int(cursor.next())),
        count_width(int(cursor.next())), semaphore_width(int(cursor.next())) {}
};

struct StreamerTable {
  bool reads, byte_addressed, reaches_all, row_wrap, tail_masks, fine_grained;
  int channels = 1, spatial, loops, address_depth, data_depth, reach, latency;
  int bounds[MOST_SPATIAL] = {};
  std::vector<int> group_bits;

  explicit StreamerTable(Cursor& cursor) {
    reads = cursor.next();
    byte_addressed = cursor.next();
    reaches_all = cursor.next();
    row_wrap = cursor.next();
    tail_masks = cursor.next();
    fine_grained = cursor.next();
    loops = int(cursor.next());
    address_depth = int(cursor.next());
    data_depth = int(cursor.next());
    reach = int(cursor.next());
    latency = int(cursor.next());
    spatial = int(cursor.next());
    for (int s = 0; s < spatial; s++) channels *= bounds[s] = int(cursor.next());
    group_bits.resize(size_t(cursor.next()));
    for (int& bits : group_bits) bits = int(cursor.next());
  }
};

struct DmaTable {
  bool present, descriptors;
  int beat_bits = 0, outstanding = 2, loops = 1, buffer_words = 64;
  int load_streamer = -1, store_streamer = -1, load = -1, store = -1, notify = -1;

  explicit DmaTable(Cursor& cursor) : present(cursor.next()), descriptors(false) {
    if (!present) return;
    beat_bits = int(cursor.next());
    outstanding = int(cursor.next());
    loops = int(cursor.next());
    load_streamer = int(cursor.next());
    store_streamer = int(cursor.next());
    load = int(cursor.next());
    store = int(cursor.next());
    notify = int(cursor.next());
    descriptors = cursor.next();
    buffer_words = int(cursor.next());
  }
};

struct ConfigTable {
  MemoryTable memory;
  JobsTable jobs;
  int fair_period, units;
  std::vector<StreamerTable> streamers;
  std::vector<int> priority;   // Streamers by fixed priority at the banks.
  int accelerator_streamers;   // How many come before those of the copy engines, in the order of causes.
  int a, b, c, d, e, p;        // Streamers of the ports; p may be -1.
  int core, quantizer;         // Units.
  int quantizer_groups;
  bool parameter_stream;
  DmaTable dma;

  explicit ConfigTable(Cursor cursor)
      : memory(cursor), jobs(cursor), fair_period(int(cursor.next())), units(int(cursor.next())),
        streamers(streamers_of(cursor)), priority(numbers_of(cursor)), accelerator_streamers(int(cursor.next())),
        a(int(cursor.next())), b(int(cursor.next())), c(int(cursor.next())), d(int(cursor.next())), e(int(cursor.next())),
        p(int(cursor.next())), core(int(cursor.next())), quantizer(int(cursor.next())),
        quantizer_groups(int(cursor.next())), parameter_stream(cursor.next()), dma(cursor) {}

  EntryTable entries() const { return {jobs.waits}; }

 private:
  static std::vector<StreamerTable> streamers_of(Cursor& cursor) {
    std::vector<StreamerTable> streamers;
    for (int64_t left = cursor.next(); left; left--) streamers.emplace_back(cursor);
    return streamers;
  }
  static std::vector<int> numbers_of(Cursor& cursor) {
    std::vector<int> numbers(size_t(cursor.next()));
    for (int& number : numbers) number = int(cursor.next());
    return numbers;
  }
};

// Why a run ended; model.py names them likewise.
enum Ending : int64_t { COMPLETED = 0, STUCK = 1, LIMIT = 2, BAD_ACCESS = 3, REFUSED = 4, WRONG_LENGTH = 5 };

// Thrown by the part that finds that a run cannot go on; `detail` depends on the ending.
struct Failure {
  Ending ending;
  int64_t unit = 0, cause = 0, channel = 0, address = 0;
};

}  // namespace hwgen::cycles

#endif
