// SPDX-License-Identifier: Apache-2.0

// Checks what an AXI4 manager sends against the rules of the protocol (AMBA AXI specification, chapters A3 and A4).

#ifndef HWGEN_AXI_CHECKER_H
#define HWGEN_AXI_CHECKER_H

#include <vector>

#include "external_shared.h"

namespace hwgen {

constexpr uint64_t BURST_BOUNDARY = 4096;
constexpr uint32_t INCR = 1;

struct Request {
  uint64_t address;
  uint32_t id, length, size, burst;  // The length is the number of beats less one.
  uint32_t lock, attributes;         // The attributes are cache, protection and quality of service.

  bool operator==(const Request& other) const {
    return address == other.address && id == other.id && length == other.length && size == other.size &&
           burst == other.burst && lock == other.lock && attributes == other.attributes;
  }
};

struct Beat {
  std::vector<uint8_t> data;
  std::vector<uint8_t> strobes;  // One bit a byte.
  bool last = false;

  bool strobe(size_t byte) const { return strobes[byte / 8] >> byte % 8 & 1; }
  bool operator==(const Beat& other) const {
    return last == other.last && strobes == other.strobes && data == other.data;
  }
};

// What waits on one channel: valid and payload must hold until they are taken.
template <typename Payload> class Waiting {
  bool waiting = false;
  Payload payload;

 public:
  // Calls `broken(offset)` with 0 if valid was dropped, 1 if the payload changed, 2 if valid is set in reset.
  template <typename Broken>
  void look(bool reset, bool settled, bool valid, bool ready, const Payload& now, Broken broken) {
    if (reset) {
      // Logic with a synchronous reset shows it after the first edge.
      if (valid && settled) broken(2);
      waiting = false;
      return;
    }
    if (waiting && !valid) broken(0);
    if (waiting && valid && !(payload == now)) broken(1);
    waiting = valid && !ready;
    if (waiting) payload = now;
  }

  bool any() const { return waiting; }
};

class AxiChecker {
  Violations& violations;
  const uint64_t data_bytes;
  Waiting<Request> write_request, read_request;
  Waiting<Beat> write_data;
  bool settled = false;

  void broken(size_t rule, uint64_t address, uint64_t cycle) {
    auto& found = violations.rule[rule];
    if (found.count++ == 0) {
      found.address = address;
      found.cycle = cycle;
    }
  }

 public:
  AxiChecker(Violations& violations, uint64_t data_bytes) : violations(violations), data_bytes(data_bytes) {}

  struct Channel { bool valid, ready; };

  // At every edge at which anything is valid or was waiting; `beat_address` is where the beat on W goes.
  void channels(uint64_t cycle, bool reset, Channel aw, const Request& write, Channel ar, const Request& read,
                Channel w, const Beat& beat, uint64_t beat_address) {
    auto report = [&](Rule first, uint64_t address) {
      return [=](size_t offset) { broken(first + offset, address, cycle); };
    };
    write_request.look(reset, settled, aw.valid, aw.ready, write, report(WRITE_REQUEST_DROPPED, write.address));
    read_request.look(reset, settled, ar.valid, ar.ready, read, report(READ_REQUEST_DROPPED, read.address));
    write_data.look(reset, settled, w.valid, w.ready, beat, report(WRITE_DATA_DROPPED, beat_address));
    settled = reset;
  }

  bool waiting() const { return write_request.any() || read_request.any() || write_data.any(); }

  // When a request is accepted.
  void request(uint64_t cycle, bool is_write, const Request& request) {
    size_t first = is_write ? WRITE_REQUEST_CROSSES_4K : READ_REQUEST_CROSSES_4K;
    uint64_t end = request.address / data_bytes * data_bytes + (request.length + 1) * data_bytes - 1;
    if (request.address / BURST_BOUNDARY != end / BURST_BOUNDARY) broken(first, request.address, cycle);
    if (request.burst != INCR) broken(first + 1, request.address, cycle);
    if (1u << request.size != data_bytes) broken(first + 2, request.address, cycle);
    if (request.lock) broken(first + 3, request.address, cycle);
  }

  // When beat number `index` of a burst written is matched with its request.
  void beat(uint64_t cycle, const Request& request, uint32_t index, const Beat& beat, uint64_t address) {
    if (beat.last && index < request.length) broken(WRITE_DATA_LAST_EARLY, address, cycle);
    if (!beat.last && index == request.length) broken(WRITE_DATA_LAST_MISSING, address, cycle);
    if (index != 0) return;
    for (uint64_t byte = 0; byte < request.address % data_bytes; byte++)
      if (beat.strobe(byte)) {
        broken(WRITE_DATA_STROBE_OUTSIDE, address, cycle);
        break;
      }
  }
};

}  // namespace hwgen

#endif
