// How the blocks that share a group of channels tell each other their part of the sums: K numbers
// per channel, in double precision. An exchange is told in this order:
//
//   start()              by all threads, as early as can be
//   ready()              by all threads, before they put
//   put(channel, parts)  by all lanes of a warp, all with the same parts
//   meet()               by all threads: waits until the blocks of the group have put all
//   part(channel, rank)  what the block of this rank has put; the same for every block
//   kAtOnce              of which so many can be read before the first is used
//
// so blocks that merge the parts in the order of the ranks all get the same bits.
#pragma once

#include "bn_cluster.cuh"
#include "bn_reduce.cuh"

template <int K>
struct Parts {
  double v[K];
};

// A barrier of the `blocks` blocks of a group, in two halves. The first block adds what makes bit 31
// flip once all the others have added one: nothing to reset, so that the barrier can be used again,
// also by the next launch. That is the barrier of cooperative groups. All blocks have to be resident.
// Thread 0 gets what the second half asks for.
__device__ inline unsigned arriveAtBlocks(unsigned* barrier, unsigned blocks, bool first) {
  __syncthreads();
  unsigned old = 0;
  if (threadIdx.x == 0) {
    fenceDevice();
    old = atomicAdd(barrier, first ? 0x80000000u - (blocks - 1) : 1u);
  }
  return old;
}

// Waits until all are here.
__device__ inline void awaitBlocks(const unsigned* barrier, unsigned old) {
  if (threadIdx.x == 0) {
    while (((old ^ *static_cast<const volatile unsigned*>(barrier)) & 0x80000000u) == 0) {
    }
    fenceDevice();
  }
  __syncthreads();
}

__device__ inline void meetBlocks(unsigned* barrier, unsigned blocks, bool first) {
  awaitBlocks(barrier, arriveAtBlocks(barrier, blocks, first));
}

// Through global memory: any number of blocks, in a cooperative launch. One block alone puts and
// meets nothing. `partials` has two buffers per group in flight, taken in turn: whoever has met the
// others for the next group has seen them leave this one.
template <int K, typename Arguments>
struct GridExchange {
  // Each is a trip to the second-level cache; twelve doubles would spill.
  static constexpr int kAtOnce = K > 2 ? 2 : 4;

  const Arguments& a;
  bool odd;

  __device__ explicit GridExchange(const Arguments& arguments) : a(arguments), odd(true) {}

  __device__ static int inboxBytes(const Arguments&) { return 0; }
  __device__ int size() const { return static_cast<int>(a.splits); }
  __device__ int rank() const { return static_cast<int>(blockIdx.x % unsigned(size())); }
  // Groups in flight: this one, and how many.
  __device__ i64 slot() const { return blockIdx.x / unsigned(size()); }
  __device__ i64 slots() const { return gridDim.x / unsigned(size()); }

  __device__ void start() { odd = !odd; }

  __device__ void ready() {}

  // A number of all blocks, next to each other: a warp reads them densely.
  __device__ double* place(int channel, int number) const {
    const i64 buffer = slot() * 2 + (odd ? 1 : 0);
    return static_cast<double*>(a.partials) +
           ((buffer * a.group + channel) * K + number) * a.splits;
  }

  __device__ void put(int channel, const Parts<K>& parts) {
    if ((threadIdx.x & 31) == 0) {
#pragma unroll
      for (int i = 0; i < K; ++i) {
        place(channel, i)[rank()] = parts.v[i];
      }
    }
  }

  __device__ void meet() {
    meetBlocks(a.barriers + slot(), static_cast<unsigned>(size()), rank() == 0);
  }

  __device__ Parts<K> part(int channel, int ofRank) const {
    Parts<K> parts;
#pragma unroll
    for (int i = 0; i < K; ++i) {
      // Not from the first-level cache, which may not know what other multiprocessors wrote.
      parts.v[i] = __ldcg(place(channel, i) + ofRank);
    }
    return parts;
  }
};

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
// Through the shared memory of a cluster of N blocks: each writes its parts into every block's
// inbox. The first barrier only says that all blocks have started, and nobody waits for it before
// its own sums are done; after the second all parts are there, and nobody touches another block
// again, so that blocks may end. One group per cluster.
template <int K, int N, typename Arguments>
struct ClusterExchange {
  static constexpr int kAtOnce = 1;

  __device__ explicit ClusterExchange(const Arguments&) {}

  // At the start of the dynamic shared memory: N parts of every channel of the group.
  __device__ static int inboxBytes(const Arguments& a) {
    return static_cast<int>(a.group) * N * static_cast<int>(sizeof(Parts<K>));
  }
  __device__ static Parts<K>* place(int channel, int ofRank) {
    extern __shared__ uint4 onChip[];
    return reinterpret_cast<Parts<K>*>(onChip) + channel * N + ofRank;
  }

  __device__ static constexpr int size() { return N; }
  __device__ static int rank() { return static_cast<int>(blockIdx.x % N); }
  __device__ static i64 slot() { return blockIdx.x / N; }
  __device__ static i64 slots() { return gridDim.x / N; }

  __device__ void start() { clusterStarted(); }

  __device__ void ready() { clusterWait(); }

  __device__ void put(int channel, const Parts<K>& parts) {
    const int to = threadIdx.x & 31;
    if (to < N) {
      storeInBlock(place(channel, rank()), to, parts);
    }
  }

  __device__ void meet() {
    clusterArrive();
    clusterWait();
  }

  __device__ Parts<K> part(int channel, int ofRank) const { return *place(channel, ofRank); }
};
#endif

// use(rank, part) for each of the parts of a channel that this lane has, U at a time; by a warp.
template <int U, typename Exchange, typename Use>
__device__ inline void eachPart(const Exchange& exchange, int channel, Use use) {
  const int size = exchange.size();
#pragma unroll 1
  for (int first = threadIdx.x & 31; first < size; first += 32 * U) {
    decltype(exchange.part(0, 0)) several[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      const int rank = first + 32 * u;
      several[u] = exchange.part(channel, rank < size ? rank : size - 1);
    }
#pragma unroll
    for (int u = 0; u < U; ++u) {
      if (first + 32 * u < size) {
        use(first + 32 * u, several[u]);
      }
    }
  }
}
