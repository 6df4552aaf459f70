// What one-pass kernels have in common, channel second: the part of a group of channels that a
// block keeps in shared memory, and which thread has which of it.
//
// The rows of a group (one per batch entry, `group` * hw contiguous elements) are read as packs of V.
// With one channel per group the block's packs are dealt to the threads in turn. With several, hw
// too small or odd for packs of its own, a thread stays in one column of packs and goes down the
// rows, so it knows the channel of each of its V elements once and for all.
//
// Every pass over the packs deals them alike: a thread finds in shared memory what it put there.
#pragma once

#include "bn_elementwise.cuh"
#include "bn_epilogue.cuh"

constexpr int kOnepassThreads = 512;  // most threads of a block; OnepassSecond.MOST_THREADS

// A block's part of a group.
template <int V>
struct Share {
  i64 firstChannel;
  i64 rowStride;  // elements from one row of the group to the next
  i64 firstRow;   // of this block
  int firstCol;   // likewise, in packs; 0 with several channels
  int hw;
  int packs;      // that are kept
  int cols;       // packs in a row
  int width;      // threads along a row; unused with one channel
  int turns;      // columns beyond `width` are taken in turn
  int channels;
  int count;      // values per channel

  template <typename Arguments>
  __device__ Share(const Arguments& a, i64 group, int rank)
      : firstChannel(group * a.group), rowStride(a.c * a.hw), hw(static_cast<int>(a.hw)) {
    // Or the compiler computes all that follows before a loop over groups, and has no registers left.
    asm volatile("" : "+r"(rank));
    const bool alone = a.group == 1;
    const i64 left = a.c - firstChannel;
    channels = alone ? 1 : static_cast<int>(left < a.group ? left : a.group);
    count = static_cast<int>(splitCount(rank, a.chunk, a.m));
    const i64 first = rank * a.chunk;
    firstRow = first / a.hw;
    firstCol = static_cast<int>(first - firstRow * a.hw) / V;
    cols = (alone ? 1 : channels) * hw / V;
    const int kept = static_cast<int>(count < a.resident ? count : a.resident);
    packs = alone ? kept / V : kept / hw * cols;
    const int threads = blockDim.x;
    width = alone || cols > threads ? threads : cols;
    turns = alone ? 1 : (cols + width - 1) / width;
  }

  __device__ i64 origin() const { return firstRow * rowStride + firstChannel * hw; }
};

// RowCursor for rows of fewer than 2^31 packs, in fewer registers.
struct PackCursor {
  i64 element;
  i64 stepElements;
  i64 wrapElements;
  int col;
  int cols;
  int stepCols;

  // Packs of one row after the other, the first `pack` packs behind the start of a row.
  __device__ PackCursor(i64 origin, i64 rowStride, int colsOfRow, int packSize, int pack, int step)
      : cols(colsOfRow) {
    const int row = pack / cols;
    col = pack - row * cols;
    element = origin + row * rowStride + static_cast<i64>(col) * packSize;
    const int stepRows = step / cols;
    stepCols = step - stepRows * cols;
    stepElements = stepRows * rowStride + stepCols * packSize;
    wrapElements = rowStride - static_cast<i64>(cols) * packSize;
  }

  // One pack per `step` elements.
  __device__ PackCursor(i64 first, i64 step)
      : element(first), stepElements(step), wrapElements(0), col(0), cols(1), stepCols(0) {}

  // Goes back; the pack that is then the current one.
  __device__ i64 previous() {
    col -= stepCols;
    element -= stepElements;
    if (col < 0) {
      col += cols;
      element -= wrapElements;
    }
    return element;
  }

  // The current pack's first element; then goes on.
  __device__ i64 next() {
    const i64 current = element;
    col += stepCols;
    element += stepElements;
    if (col >= cols) {
      col -= cols;
      element += wrapElements;
    }
    return current;
  }
};

// One thread's packs in one turn: `first`, then every `step`, below `end`; counted from the block's
// first. All threads take `rounds` steps, since some steps need all of a warp.
template <int V>
struct Path {
  int first;
  int step;
  int end;
  int rounds;
  int col;  // of the thread's packs; with one channel 0
  PackCursor cursor;

  __device__ Path(const Share<V>& s, i64 group, int turn) : end(s.packs), col(0), cursor(0, 0) {
    if (group == 1) {
      first = threadIdx.x;
      step = blockDim.x;
      rounds = (s.packs + step - 1) / step;
      cursor = PackCursor(s.origin(), s.rowStride, s.cols, V, s.firstCol + first, step);
      return;
    }
    const int slots = static_cast<int>(blockDim.x) / s.width;
    const int slot = threadIdx.x / s.width;
    col = turn * s.width + static_cast<int>(threadIdx.x) - slot * s.width;
    step = slots * s.cols;
    rounds = (s.packs + step - 1) / step;
    const bool works = slot < slots && col < s.cols;
    first = works ? slot * s.cols + col : end;
    col = works ? col : 0;
    cursor = PackCursor(s.origin() + slot * s.rowStride + col * V, slots * s.rowStride);
  }

  // Packs `from` to `to` - 1 of the only channel of a group, from the first round or behind the last.
  __device__ Path(const Share<V>& s, int from, int to, bool behind)
      : first(from + threadIdx.x), step(blockDim.x), end(to), rounds((to - from + step - 1) / step),
        col(0),
        cursor(s.origin(), s.rowStride, s.cols, V, s.firstCol + first + (behind ? rounds * step : 0),
               step) {}

  __device__ int at(int round) const { return first + round * step; }
  __device__ bool has(int round) const { return at(round) < end; }
};

// The channels of a thread's V elements, counted from the group's first.
template <int V>
struct ThreadChannels {
  int v[V];

  __device__ ThreadChannels(const Share<V>& s, const Path<V>& path) {
    int channel = 0;
    int left = s.hw;
    if (s.channels > 1) {
      channel = path.col * V / s.hw;
      left = (channel + 1) * s.hw - path.col * V;
    }
#pragma unroll
    for (int k = 0; k < V; ++k) {
      if (left == 0) {
        ++channel;
        left = s.hw;
      }
      --left;
      v[k] = channel;
    }
  }
};

// The block's dynamic shared memory; OnepassSecond.sharedBytes counts the same. First the exchange's
// inbox, if it has one; then what is kept, one tensor's packs after the other's; for each channel of
// a group coefficients, three doubles and three sums; and scratch, where there are several channels.
template <typename T, int V, typename C>
struct OnChip {
  typedef Acc<T> A;
  int keptBytes;  // of one tensor
  int group;
  int tensors;
  int inboxBytes;

  template <typename Arguments>
  __device__ OnChip(const Arguments& a, int howMany, int inbox)
      : keptBytes(static_cast<int>((a.group * a.resident * static_cast<i64>(sizeof(T)) + 15) & ~15ll)),
        group(static_cast<int>(a.group)),
        tensors(howMany),
        inboxBytes((inbox + 15) & ~15) {}

  __device__ static char* at(int offset) {
    extern __shared__ uint4 onChip[];
    return reinterpret_cast<char*>(onChip) + offset;
  }
  __device__ int state() const { return inboxBytes + keptBytes * tensors; }

  __device__ Pack<T, V>* kept(int tensor) const {
    return reinterpret_cast<Pack<T, V>*>(at(inboxBytes + tensor * keptBytes));
  }
  __device__ C* coefficients() const { return reinterpret_cast<C*>(at(state())); }
  __device__ double* number(int which) const {
    return reinterpret_cast<double*>(at(state() + group * static_cast<int>(sizeof(C)))) +
           which * group;
  }
  __device__ A* sums(int which) const {
    return reinterpret_cast<A*>(number(3)) + which * group;
  }
  __device__ A* scratch() const { return sums(3); }

  // Before sums are added up.
  __device__ void clearSums() const {
#pragma unroll 1
    for (int i = threadIdx.x; i < 3 * group; i += blockDim.x) {
      sums(0)[i] = 0;
    }
  }
};
