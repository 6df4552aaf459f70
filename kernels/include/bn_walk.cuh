// Where the elements of a channel lie, channel second; and the channel of an element.
#pragma once

#include "bn_types.cuh"

// Values of one split; all but the last have `chunk`.
__device__ inline i64 splitCount(i64 split, i64 chunk, i64 all) {
  const i64 left = all - split * chunk;
  return left < chunk ? left : chunk;
}

// Walks the packs of V elements of one channel, `step` packs at a time, without a division per
// step: hw has to be a multiple of V.
struct RowCursor {
  i64 element;  // first element of the current pack
  i64 col;
  i64 cols;
  i64 stepCols;
  i64 stepElements;
  i64 wrapElements;

  __device__ RowCursor(i64 channel, i64 channels, i64 hw, int packSize, i64 firstPack, int step) {
    cols = hw / packSize;
    const i64 rowStride = channels * hw;
    const i64 row = firstPack / cols;
    col = firstPack - row * cols;
    element = row * rowStride + channel * hw + col * packSize;
    const i64 stepRows = step / cols;
    stepCols = step - stepRows * cols;
    stepElements = stepRows * rowStride + stepCols * packSize;
    wrapElements = rowStride - hw;
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

// Division of a number below divisor + kReach, by one multiplication. Below kReach it is exact, since
// number * divisor < 2^15 * 2^14 < 2^32 (Granlund and Montgomery, "Division by Invariant Integers
// using Multiplication", 1994); above it the quotient is 0 or 1.
struct NearDivisor {
  static constexpr i64 kReach = 16384;
  i64 divisor;
  unsigned reciprocal;

  __device__ explicit NearDivisor(i64 d) : divisor(d) {
    reciprocal = d > 1 && d < kReach ? 0xffffffffu / static_cast<unsigned>(d) + 1u : 0u;
  }

  __device__ i64 quotient(i64 number) const {
    if (divisor >= kReach) {
      return number >= divisor ? 1 : 0;
    }
    return divisor == 1 ? number : __umulhi(static_cast<unsigned>(number), reciprocal);
  }
};

// Finds channel and distance to the row's end for elements of a contiguous chunk that is shorter
// than NearDivisor::kReach, in a tensor of rows of hw elements whose channels repeat every c rows.
struct ChannelFinder {
  NearDivisor rowLength;
  NearDivisor channels;
  i64 firstCol;
  i64 firstChannel;

  __device__ ChannelFinder(i64 firstElement, i64 c, i64 hw) : rowLength(hw), channels(c) {
    const i64 row = firstElement / hw;
    firstCol = firstElement - row * hw;
    firstChannel = row % c;
  }

  // Channel of the element at this distance from the first; `left` elements of its row remain,
  // cut off at 16.
  __device__ i64 find(int distance, int& left) const {
    const i64 col = firstCol + distance;
    const i64 row = rowLength.quotient(col);
    const i64 remaining = (row + 1) * rowLength.divisor - col;
    left = remaining < 16 ? static_cast<int>(remaining) : 16;
    const i64 channel = firstChannel + row;
    return channel - channels.quotient(channel) * channels.divisor;
  }
};
