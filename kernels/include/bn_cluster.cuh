// The blocks of a cluster: a barrier, and stores into each other's shared memory. Compute capability
// 9.0 and newer.
#pragma once

#include "bn_types.cuh"

// Every thread of the cluster has to call an arrival and the wait in turn. What was written before
// clusterArrive() can be read after the wait.
__device__ inline void clusterArrive() {
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
}
__device__ inline void clusterWait() {
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// The arrival that only says that this block runs and may be written to. With nothing to hand over it
// need not wait for what the block has asked of memory.
__device__ inline void clusterStarted() {
  asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");
}

// Stores a value of whole words of 8 bytes to the same place in the shared memory of the block `rank`.
template <typename P>
__device__ inline void storeInBlock(P* place, int rank, const P& value) {
  static_assert(sizeof(P) % 8 == 0, "whole words");
  unsigned there;
  asm("mapa.shared::cluster.u32 %0, %1, %2;"
      : "=r"(there)
      : "r"(static_cast<unsigned>(__cvta_generic_to_shared(place))), "r"(rank));
  unsigned long long words[sizeof(P) / 8];
  memcpy(words, &value, sizeof(P));
#pragma unroll
  for (int i = 0; i < static_cast<int>(sizeof(P) / 8); ++i) {
    asm volatile("st.shared::cluster.u64 [%0], %1;" ::"r"(there + 8 * i), "l"(words[i]) : "memory");
  }
}
