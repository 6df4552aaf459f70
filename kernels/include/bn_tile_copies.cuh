// What a thread keeps of a tile (bn_tile.cuh) in shared memory, and how it gets there.
#pragma once

#include "bn_async.cuh"

extern __shared__ uint4 dynamicShared[];

// Packs that a thread keeps in shared memory, one per step.
template <typename T, int V>
struct Kept {
  typedef typename Word<sizeof(T) * V>::type W;
  W* first;

  // At a place in shared memory for the whole block.
  __device__ explicit Kept(void* place) : first(static_cast<W*>(place) + threadIdx.x) {}

  // The place behind one of so many steps.
  __device__ static void* behind(void* place, i64 steps) {
    return static_cast<W*>(place) + steps * blockDim.x;
  }

  // As in Tile::at.
  __device__ Pack<T, V>* at(int step, int u) const {
    return reinterpret_cast<Pack<T, V>*>((first + step * blockDim.x) + u * blockDim.x);
  }

  __device__ void put(int step, const Pack<T, V>& pack) const {
    W word;
    memcpy(&word, &pack, sizeof(word));
    first[step * blockDim.x] = word;
  }

  __device__ Pack<T, V> get(int step) const {
    const W word = first[step * blockDim.x];
    Pack<T, V> pack;
    memcpy(&pack, &word, sizeof(pack));
    return pack;
  }
};

// What a thread is going to keep of a tile, on its way: U steps of each tensor are a group of copies.
// begin() comes before the slots are free, end() after. Packs that cannot be copied go through
// registers, as many as there are.
template <typename T, int V, int MOST, int TENSORS>
struct Coming {
  static constexpr bool kCopied = kCopies<sizeof(T) * V>;
  static constexpr int U = kCopied || V <= 4 || MOST <= 2 ? MOST : MOST / 2;

  const void* from[TENSORS];
  Kept<T, V> to[TENSORS];
  i64 element;  // of the first step
  i64 stride;
  int held;     // steps

  struct Batch {
    Pack<T, V> packs[TENSORS][U];
  };

  __device__ void begin(int step, Batch& batch) const {
    if constexpr (!kCopied) {
#pragma unroll
      for (int u = 0; u < U; ++u) {
        if (step + u < held) {
#pragma unroll
          for (int t = 0; t < TENSORS; ++t) {
            batch.packs[t][u] = loadPack<T, V>(from[t], (element + step * stride) + u * stride);
          }
        }
      }
    }
  }

  __device__ void end(int step, const Batch& batch) const {
    if (step + U <= held) {
      endSteps<false>(step, batch);
    } else {
      endSteps<true>(step, batch);
    }
    if constexpr (kCopied) {
      commitCopies();
    }
  }

  template <bool LAST>
  __device__ void endSteps(int step, const Batch& batch) const {
    const i64 start = element + step * stride;
#pragma unroll
    for (int u = 0; u < U; ++u) {
      if (!LAST || step + u < held) {
#pragma unroll
        for (int t = 0; t < TENSORS; ++t) {
          if constexpr (kCopied) {
            copyPack<T, V>(to[t].at(step, u), from[t], start + u * stride);
          } else {
            to[t].put(step + u, batch.packs[t][u]);
          }
        }
      }
    }
  }

  // Asks for everything; all threads of a block with the same number of steps.
  __device__ void all(int kept) const {
#pragma unroll 1
    for (int step = 0; step < kept; step += U) {
      Batch batch = {};
      begin(step, batch);
      end(step, batch);
    }
  }

  // Waits for all steps before `end`, where everything of `kept` steps has been asked for and nothing
  // since. More than 7 groups still on their way are waited for as if they were 7.
  __device__ static void await(int end, int kept) {
    if constexpr (kCopied) {
      const int groups = (kept + U - 1) / U - (end + U - 1) / U;
      switch (groups < 0 ? 0 : groups) {
        case 0: awaitCopies<0>(); break;
        case 1: awaitCopies<1>(); break;
        case 2: awaitCopies<2>(); break;
        case 3: awaitCopies<3>(); break;
        case 4: awaitCopies<4>(); break;
        case 5: awaitCopies<5>(); break;
        case 6: awaitCopies<6>(); break;
        default: awaitCopies<7>(); break;
      }
    }
  }

  // Asks for the first half of the steps to be brought into the L2 cache: what memory can do in the
  // 3 to 4 microseconds that the blocks of a grid take to tell each other their sums.
  __device__ void prefetch() const {
#pragma unroll 1
    for (int step = 0; 2 * step < held; ++step) {
#pragma unroll
      for (int t = 0; t < TENSORS; ++t) {
        prefetchPack<T>(from[t], element + step * stride, 1);
      }
    }
  }
};
