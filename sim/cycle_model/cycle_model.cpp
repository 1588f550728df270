// SPDX-License-Identifier: Apache-2.0

// What library.py calls. `ring_table` is null unless jobs come from memory.

#include "cluster.h"

using namespace hwgen::cycles;

#define EXPORTED __attribute__((visibility("default")))

namespace {

// Results: ending, its details, cycles, then the counters; of each unit what its next entry waits for.
struct Results {
  int64_t* next;
  void add(int64_t value) { *next++ = value; }
};

// Entries by job and unit: `places` has the index of each in `entries`, or -1.
std::vector<Row> rows_of(const int64_t* entries, const int64_t* places, int64_t count) {
  std::vector<Row> rows(size_t(count), nullptr);
  for (size_t i = 0; i < rows.size(); i++)
    if (places[i] >= 0) rows[i] = entries + places[i];
  return rows;
}

}  // namespace

extern "C" {

EXPORTED int64_t hwgen_cycles_layout() { return LAYOUT; }

EXPORTED void hwgen_cycles_run(
    const int64_t* config_table, const int64_t* memory_table, const int64_t* entries, const int64_t* places, int64_t jobs,
    const int64_t* program, const int64_t* ring_table, const int64_t* completed, int64_t since_reset, int64_t limit,
    uint8_t* record, int64_t record_room, int64_t* results) {
  const ConfigTable config{Cursor(config_table)};
  const std::vector<Row> rows = rows_of(entries, places, jobs * config.units);
  std::unique_ptr<RingTable> ring;
  if (ring_table) ring = std::make_unique<RingTable>(Cursor(ring_table));
  const MemoryOptions options{Cursor(memory_table)};
  Cluster cluster(config, rows, program, completed, options, ring.get(), uint64_t(since_reset), {record, record_room});
  Failure failure{COMPLETED};
  try {
    cluster.run(limit);
  } catch (const Failure& found) {
    failure = found;
  }
  Results out{results};
  for (int64_t value : {int64_t(failure.ending), failure.unit, failure.cause, failure.channel, failure.address}) out.add(value);
  out.add(cluster.cycle);
  out.add(cluster.counters.total_cycles());
  out.add(cluster.counters.cycles);
  for (int cause = 0; cause < cluster.counters.causes; cause++) out.add(cluster.counters.count(cause));
  for (int s = 0; s < int(config.streamers.size()); s++) out.add(cluster.accesses(s));
  for (const UnitQueue& unit : cluster.units) {
    const Row head = unit.head();
    out.add(head ? config.entries().job(head) : -1);
    out.add(unit.waits() ? unit.source() : -1);
    out.add(unit.waits() ? unit.target() : 0);
    out.add(unit.running());
  }
}

}  // extern "C"
