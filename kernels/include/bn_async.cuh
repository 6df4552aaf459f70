// Copies from global to shared memory that take no registers and that nobody waits for until the
// data is used: cp.async, compute capability 8.0 and newer.
//
// A thread asks for copies, closes a group with commitCopies(), asks for more, and waits with
// awaitCopies<N>() until no more than its N newest groups are still under way. That alone makes what
// it copied itself readable for it; for other threads' copies a barrier comes on top. What is being
// copied must not be read or written meanwhile.
#pragma once

#include "bn_types.cuh"

// Whether packs of so many bytes can be copied: not by older devices, nor fewer than 4.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
template <int BYTES>
constexpr bool kCopies = BYTES >= 4;
#else
template <int BYTES>
constexpr bool kCopies = false;
#endif

// Asks for a pack. 16 bytes go past the first-level cache, which has no form for fewer.
template <typename T, int V>
__device__ inline void copyPack(Pack<T, V>* to, const void* base, i64 element) {
  const unsigned there = static_cast<unsigned>(__cvta_generic_to_shared(to));
  const size_t from = __cvta_generic_to_global(static_cast<const T*>(base) + element);
  constexpr int bytes = static_cast<int>(sizeof(Pack<T, V>));
  if constexpr (bytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(there), "l"(from) : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(there), "l"(from), "n"(bytes)
                 : "memory");
  }
}

__device__ inline void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int N>
__device__ inline void awaitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// Asks for elements to be brought into the second-level cache, of which `perValue` share a value of
// type T. Only for the first of a sector, so that one thread asks for it.
template <typename T>
__device__ inline void prefetchPack(const void* base, i64 element, int perValue) {
  constexpr int kSectorBytes = 32;
  const i64 sector = static_cast<i64>(kSectorBytes / sizeof(T)) * perValue;
  if ((element & (sector - 1)) == 0) {
    asm volatile("prefetch.global.L2 [%0];" ::"l"(
        __cvta_generic_to_global(static_cast<const T*>(base) + element / perValue)));
  }
}
