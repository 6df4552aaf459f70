// Sums over a block, in an order that depends on nothing but the launch shape.
//
// Every thread of the block has to call these; all get the result.
#pragma once

#include "bn_types.cuh"

constexpr int kThreads = 256;  // most threads of a block; LaunchTuning.THREADS
constexpr int kWarps = kThreads / 32;
constexpr unsigned kAllLanes = 0xffffffffu;

// Folds the upper half of the first 2 * HALF values onto the lower, and so on. Recursive, so that every
// index is a constant and the values stay in registers.
template <int HALF, typename A, int K>
__device__ inline void fold(A (&values)[K]) {
#pragma unroll
  for (int i = 0; i < HALF; ++i) {
    values[i] += values[i + HALF];
  }
  if constexpr (HALF > 1) {
    fold<HALF / 2>(values);
  }
}

// Sum of K values as a balanced tree: the error grows with log2 K. K is a power of two; the values
// are overwritten.
template <typename A, int K>
__device__ inline A treeSum(A (&values)[K]) {
  if constexpr (K > 1) {
    fold<K / 2>(values);
  }
  return values[0];
}

// Sum over the block; blockDim.x is a multiple of 32.
template <typename A>
__device__ inline A blockSum(A value) {
  __shared__ A warpSums[kWarps];
  for (int offset = 16; offset > 0; offset >>= 1) {
    value += __shfl_xor_sync(kAllLanes, value, offset);
  }
  const int warps = blockDim.x >> 5;
  if ((threadIdx.x & 31) == 0) {
    warpSums[threadIdx.x >> 5] = value;
  }
  __syncthreads();
  A sum = warpSums[0];
  for (int w = 1; w < warps; ++w) {
    sum += warpSums[w];
  }
  __syncthreads();
  return sum;
}

// One place in shared memory for all sums of columns, whatever their type: of each warp's 64 floats or
// 32 doubles. Whoever has used it ends with a barrier.
template <int WARPS>
__device__ inline void* columnScratch() {
  __shared__ uint4 place[WARPS * 16];
  return place;
}

// Values of one thread that lie together in shared memory: 16 bytes of them, or all.
template <typename A, int V>
struct alignas(sizeof(A) * (V * sizeof(A) > 16 ? 16 / sizeof(A) : V)) ColumnWord {
  static constexpr int kCount = V * sizeof(A) > 16 ? 16 / sizeof(A) : V;
  A v[kCount];
};

// Sums over the threads of a block of at most WARPS warps that have the same lane = threadIdx.x %
// lanes; V of them. Warps first; then a thread per column adds up the warps, and all read.
template <typename A, int V, int WARPS = kWarps>
__device__ inline void columnSum(A (&value)[V], int lanes) {
  typedef ColumnWord<A, V> Word;
  constexpr int kWords = V / Word::kCount;
  constexpr int kMostLanes = V > 1 ? 8 : 32;  // LaunchTuning.WIDE_LANES, or a warp
  static_assert(V * kMostLanes * sizeof(A) <= 256, "a warp's part of the scratch");
  Word* const words = static_cast<Word*>(columnScratch<WARPS>());
#pragma unroll 1
  for (int offset = 16; offset >= lanes; offset >>= 1) {
#pragma unroll
    for (int k = 0; k < V; ++k) {
      value[k] += __shfl_xor_sync(kAllLanes, value[k], offset);
    }
  }
  const int lane = threadIdx.x & (lanes - 1);
  if ((threadIdx.x & 31) < lanes) {
    Word* const mine = words + (threadIdx.x >> 5) * kWords * lanes + lane;
#pragma unroll
    for (int w = 0; w < kWords; ++w) {
      memcpy(&mine[w * lanes], &value[w * Word::kCount], sizeof(Word));
    }
  }
  __syncthreads();
  A* const sums = reinterpret_cast<A*>(words);
  const int columns = lanes * V;
  const int warps = blockDim.x >> 5;
#pragma unroll 1
  for (int c = threadIdx.x; c < columns; c += blockDim.x) {
    A sum = sums[c];
#pragma unroll 4
    for (int w = 1; w < warps; ++w) {
      sum += sums[w * columns + c];
    }
    sums[c] = sum;
  }
  __syncthreads();
#pragma unroll
  for (int w = 0; w < kWords; ++w) {
    const Word word = words[w * lanes + lane];
    memcpy(&value[w * Word::kCount], &word, sizeof(Word));
  }
  __syncthreads();
}

// Sum of groups: thread t holds part of column t % width, a power of two; all threads of a column get
// its sum.
template <int WARPS = kWarps>
__device__ inline double groupSum(double value, int width) {
  double* const parts = static_cast<double*>(columnScratch<WARPS>());
  parts[threadIdx.x] = value;
  __syncthreads();
  double sum = 0;
  for (int t = threadIdx.x & (width - 1); t < blockDim.x; t += width) {
    sum += parts[t];
  }
  __syncthreads();
  return sum;
}

// Between what a thread leaves for other blocks and the atomic access that says so, and between the
// access that learns of it and the first use. It also stands for the other threads of the block, where
// a barrier lies between them and this thread: the order is transitive (PTX ISA, "Causality order"),
// and one thread's fence is what the grid barrier of cooperative groups has. Not __threadfence(), which
// orders reads behind other places' writes, too (fence.sc); nobody needs that here, and it takes longer.
__device__ inline void fenceDevice() { asm volatile("fence.acq_rel.gpu;" ::: "memory"); }

// True in every thread of the last of `blocks` blocks to arrive; what the others wrote before is
// then visible. The ticket is zero again afterwards. The order of arrival decides only who goes on,
// not what is computed.
__device__ inline bool lastToArrive(unsigned* ticket, unsigned blocks) {
  __shared__ unsigned isLast;
  __syncthreads();
  if (threadIdx.x == 0) {
    fenceDevice();
    isLast = atomicInc(ticket, blocks - 1) == blocks - 1;
    fenceDevice();
  }
  __syncthreads();
  return isLast != 0;
}
