// SPDX-License-Identifier: Apache-2.0

// Functions that external_memory.sv calls, and the files that hold the memory and what is shared with the session.

#include "external_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "svdpi.h"

namespace {

struct Handle {
  hwgen::ExternalMemory model;
  hwgen::Inputs inputs{};
};

[[noreturn]] void fail(const char* file, const char* what) {
  std::fprintf(stderr, "external memory: file %s %s\n", file, what);
  std::exit(1);
}

uint8_t* map(const char* file, uint64_t& size) {
  int descriptor = open(file, O_RDWR);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) fail(file, "cannot be opened");
  size = status.st_size;
  void* bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (bytes == MAP_FAILED) fail(file, "cannot be mapped");
  return static_cast<uint8_t*>(bytes);
}

Handle& handle(void* memory) { return *static_cast<Handle*>(memory); }

}  // namespace

extern "C" {

void* hwgen_memory_open(int data_bytes, int address_bits, int id_bits) {
  uint64_t size, shared_size;
  uint8_t* bytes = map("external_memory.bin", size);
  auto* shared = reinterpret_cast<hwgen::Shared*>(map("external_shared.bin", shared_size));
  if (shared_size != sizeof(hwgen::Shared) || shared->options.layout != hwgen::LAYOUT)
    fail("external_shared.bin", "is not of this version");
  auto* memory = new Handle{{bytes, size, *shared, uint64_t(data_bytes), unsigned(address_bits), unsigned(id_bits)}};
  memory->inputs.beat.data.resize(data_bytes);
  memory->inputs.beat.strobes.resize((data_bytes + 7) / 8);
  return memory;
}

void hwgen_memory_request(void* memory, svBit is_write, long long address, int id, int length, int size, int burst,
                          int lock, int attributes) {
  auto& inputs = handle(memory).inputs;
  (is_write ? inputs.write : inputs.read) = {uint64_t(address), uint32_t(id), uint32_t(length), uint32_t(size),
                                             uint32_t(burst), uint32_t(lock), uint32_t(attributes)};
}

void hwgen_memory_write(void* memory, const svBitVecVal* data, const svBitVecVal* strobes, svBit last) {
  auto& beat = handle(memory).inputs.beat;
  std::memcpy(beat.data.data(), data, beat.data.size());
  std::memcpy(beat.strobes.data(), strobes, beat.strobes.size());
  beat.last = last;
}

// Bits of `driven`: awready, wready, arready, bvalid, rvalid, rlast, whether there is new data, bresp, rresp.
void hwgen_memory_step(void* memory, long long cycle, svBit reset, svBit awvalid, svBit wvalid, svBit arvalid,
                       svBit bready, svBit rready, int* driven, int* bid, int* rid, long long* wake) {
  auto& [model, inputs] = handle(memory);
  inputs.reset = reset;
  inputs.awvalid = awvalid;
  inputs.wvalid = wvalid;
  inputs.arvalid = arvalid;
  inputs.bready = bready;
  inputs.rready = rready;
  uint64_t next;
  const hwgen::Outputs& outputs = model.step(cycle, inputs, next);
  *driven = outputs.awready | outputs.wready << 1 | outputs.arready << 2 | outputs.bvalid << 3 | outputs.rvalid << 4 |
            outputs.rlast << 5 | outputs.fresh << 6 | outputs.bresp << 7 | outputs.rresp << 9;
  *bid = outputs.bid;
  *rid = outputs.rid;
  *wake = next;
}

void hwgen_memory_read(void* memory, svBitVecVal* data) {
  auto& [model, inputs] = handle(memory);
  std::memcpy(data, model.read_data(), inputs.beat.data.size());
}

}  // extern "C"
