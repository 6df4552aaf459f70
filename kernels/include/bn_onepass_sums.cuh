// Sums per channel over a block; one-pass kernels, channel second.
//
// In all of them K sums are added up at once, so that they share barriers; sum i of a channel is at
// sums[i * group + channel]. Called by all threads; the sums are there for all afterwards.
#pragma once

#include "bn_onepass.cuh"

constexpr int kOnepassWarps = kOnepassThreads / 32;

// A group of one channel. The values are overwritten.
template <typename A, int K>
__device__ inline void addToChannel(A (&value)[K], A* sums) {
  __shared__ A warpSums[K][kOnepassWarps];
#pragma unroll
  for (int i = 0; i < K; ++i) {
    for (int offset = 16; offset > 0; offset >>= 1) {
      value[i] += __shfl_xor_sync(kAllLanes, value[i], offset);
    }
    if ((threadIdx.x & 31) == 0) {
      warpSums[i][threadIdx.x >> 5] = value[i];
    }
  }
  __syncthreads();
  if (threadIdx.x < K) {
    A sum = warpSums[threadIdx.x][0];
#pragma unroll 4
    for (int w = 1; w < static_cast<int>(blockDim.x >> 5); ++w) {
      sum += warpSums[threadIdx.x][w];
    }
    sums[threadIdx.x] += sum;
  }
  __syncthreads();
}

// Channels of at least V elements: a pack has some of one channel, or of two. A thread leaves a value
// for each, in two rows. Then a warp per channel adds up those of its columns, or half a warp where
// there are more than two channels per warp.
template <typename A, int V, int K>
__device__ inline void addToLongChannels(
    const A (&value)[K][V], const Share<V>& s, const ThreadChannels<V>& channels, i64 group, int turn,
    A* scratch, A* sums) {
  constexpr int kRows = V > 1 ? 2 : 1;
  int threads = blockDim.x;
  // Or the compiler computes what follows early, and has no registers left.
  asm volatile("" : "+r"(threads));
  const int lanes = s.channels * 16 > threads ? 16 : 32;
  // The column that two channels share is read in both rows: not from one bank by one warp.
  const int stride = threads + (lanes == 16 ? 16 : 0);
#pragma unroll
  for (int i = 0; i < K; ++i) {
    A first = 0;
    A second = 0;
#pragma unroll
    for (int k = 0; k < V; ++k) {
      if (channels.v[k] == channels.v[0]) {
        first += value[i][k];
      } else {
        second += value[i][k];
      }
    }
    scratch[i * kRows * stride + threadIdx.x] = first;
    if (V > 1) {
      scratch[(i * kRows + 1) * stride + threadIdx.x] = second;
    }
  }
  __syncthreads();
  const int slots = threads / s.width;
  const int firstCol = turn * s.width;
  const int endCol = min(firstCol + s.width, s.cols);
  const int lane = threadIdx.x & (lanes - 1);
  // All lanes of a warp take as many steps, since all exchange.
#pragma unroll 1
  for (int ofWarp = (threadIdx.x & ~31u) / lanes; ofWarp < s.channels; ofWarp += threads / lanes) {
    const int channel = ofWarp + (threadIdx.x & 31) / lanes;
    const int begin = channel * s.hw;
    const int end = channel < s.channels ? min((begin + s.hw + V - 1) / V, endCol) : 0;
    A sum[K] = {};
#pragma unroll 1
    for (int col = max(begin / V, firstCol) + lane; col < end; col += lanes) {
      // In a pack that begins before the channel does, the channel is the second.
      const A* const column = scratch + (col * V < begin ? stride : 0) + col - firstCol;
#pragma unroll 1
      for (int slot = 0; slot < slots; ++slot) {
#pragma unroll
        for (int i = 0; i < K; ++i) {
          sum[i] += column[i * kRows * stride + slot * s.width];
        }
      }
    }
#pragma unroll 1
    for (int offset = lanes / 2; offset > 0; offset >>= 1) {
#pragma unroll
      for (int i = 0; i < K; ++i) {
        sum[i] += __shfl_xor_sync(kAllLanes, sum[i], offset);
      }
    }
    if (lane == 0 && channel < s.channels) {
#pragma unroll
      for (int i = 0; i < K; ++i) {
        sums[i * group + channel] += sum[i];
      }
    }
  }
  __syncthreads();
}

// Channels of fewer than V elements: a pack has some of many. A thread leaves all of its values.
template <typename A, int V>
__device__ inline void addToShortChannels(
    const A (&value)[V], const Share<V>& s, int turn, A* scratch, A* sums) {
  // 32 neighbouring elements are V rows of 32 / V columns: a row more by 32 / V banks than a multiple
  // of 32 puts them all into different banks.
  const int stride = blockDim.x + 32 / V;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    scratch[k * stride + threadIdx.x] = value[k];
  }
  __syncthreads();
  const int slots = static_cast<int>(blockDim.x) / s.width;
  const int firstCol = turn * s.width;
#pragma unroll 1
  for (int channel = threadIdx.x >> 5; channel < s.channels; channel += blockDim.x >> 5) {
    const int begin = max(channel * s.hw, firstCol * V);
    const int end = min(min((channel + 1) * s.hw, (firstCol + s.width) * V), s.cols * V);
    A sum = 0;
    const int e = begin + (threadIdx.x & 31);
    if (e < end) {
      const A* const column = scratch + e % V * stride + e / V - firstCol;
#pragma unroll 1
      for (int slot = 0; slot < slots; ++slot) {
        sum += column[slot * s.width];
      }
    }
    for (int offset = 16; offset > 0; offset >>= 1) {
      sum += __shfl_xor_sync(kAllLanes, sum, offset);
    }
    if ((threadIdx.x & 31) == 0) {
      sums[channel] += sum;
    }
  }
  __syncthreads();
}

// Of a thread's values, one for each element of its column. The values are overwritten.
template <typename A, int V, int K>
__device__ inline void addToChannels(
    A (&value)[K][V], const Share<V>& s, const ThreadChannels<V>& channels, i64 group, int turn,
    A* scratch, A* sums) {
  if (group == 1) {
    A whole[K];
#pragma unroll
    for (int i = 0; i < K; ++i) {
      whole[i] = treeSum<A, V>(value[i]);
    }
    addToChannel<A, K>(whole, sums);
  } else if (V == 1 || s.hw >= V) {
    addToLongChannels<A, V, K>(value, s, channels, group, turn, scratch, sums);
  } else {
#pragma unroll
    for (int i = 0; i < K; ++i) {
      addToShortChannels<A, V>(value[i], s, turn, scratch, sums + i * group);
    }
  }
}

// Sum over the lanes of a warp, in the same order in every lane.
__device__ inline double warpSum(double value) {
  for (int offset = 16; offset > 0; offset >>= 1) {
    value += __shfl_xor_sync(kAllLanes, value, offset);
  }
  return value;
}
