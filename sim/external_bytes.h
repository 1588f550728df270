// SPDX-License-Identifier: Apache-2.0

// The bytes of external memory, where they lie, and which accesses to them fail.

#ifndef HWGEN_EXTERNAL_BYTES_H
#define HWGEN_EXTERNAL_BYTES_H

#include <algorithm>
#include <cstring>

#include "axi_checker.h"

namespace hwgen {

enum Response : uint32_t { OKAY = 0, SLVERR = 2, DECERR = 3 };

class ExternalBytes {
  uint8_t* const bytes;
  const uint64_t size, data_bytes, address_mask;
  const Options& options;

  // How an access of a beat's bytes, or of those that its strobes name, is answered.
  Response respond(uint64_t address, Access access, const Beat* beat = nullptr) const {
    Response response = OKAY;
    if (address < options.base || address - options.base >= size) response = DECERR;
    for (uint64_t i = 0; i < options.ranges && response == OKAY; i++) {
      const ErrorRange& range = options.range[i];
      if (!(range.access & access)) continue;
      uint64_t first = std::max(address, range.start), end = std::min(address + data_bytes, range.end);
      for (uint64_t byte = first; byte < end && response == OKAY; byte++)
        if (!beat || beat->strobe(byte - address)) response = SLVERR;
    }
    return response;
  }

 public:
  ExternalBytes(uint8_t* bytes, uint64_t size, uint64_t data_bytes, unsigned address_bits, const Options& options)
      : bytes(bytes), size(size), data_bytes(data_bytes),
        address_mask(address_bits < 64 ? (uint64_t(1) << address_bits) - 1 : ~uint64_t(0)), options(options) {}

  uint64_t beat_address(const Request& request, uint64_t index) const {
    return (request.address / data_bytes * data_bytes + index * data_bytes) & address_mask;
  }

  // All beats of a burst, those that fail being zeros, and the answer to each.
  void read(const Request& request, std::vector<uint8_t>& data, std::vector<uint8_t>& responses) const {
    size_t count = request.length + 1;
    data.resize(count * data_bytes);
    responses.resize(count);
    for (size_t i = 0; i < count; i++) {
      uint64_t address = beat_address(request, i);
      responses[i] = respond(address, READ);
      if (responses[i] == OKAY) std::memcpy(&data[i * data_bytes], bytes + (address - options.base), data_bytes);
    }
  }

  // Writes a burst, or nothing of it if it touches what cannot be written.
  Response write(const Request& request, const std::vector<Beat>& beats) {
    Response worst = OKAY;
    for (size_t i = 0; i < beats.size(); i++)
      worst = std::max(worst, respond(beat_address(request, i), WRITE, &beats[i]));
    for (size_t i = 0; worst == OKAY && i < beats.size(); i++) {
      uint8_t* place = bytes + (beat_address(request, i) - options.base);
      for (size_t byte = 0; byte < data_bytes; byte++)
        if (beats[i].strobe(byte)) place[byte] = beats[i].data[byte];
    }
    return worst;
  }
};

}  // namespace hwgen

#endif
