// The one by-value argument of every kernel. Every field is 8 bytes, so there is no padding, and a
// field's number is its place; the Java twins in backend/ptx name the same fields in the same order
// (a test compares them).
//
// Device pointers may be null where a tensor is optional. n, c, hw are batch, channels and spatial
// size; m = n * hw values per channel. A reduction is cut into `splits` parts of `chunk` values per
// channel (channel second: a multiple of 8) or rows (channel last); only the last may be shorter.
// `wide` is 1 if 16-byte accesses are allowed: all tensors aligned, and hw (reductions, channel
// second) or c (channel last) a multiple of the elements in 16 bytes.
#pragma once

#include "bn_types.cuh"

// What becomes of a batch's statistics. Pointers to arrays have one element per channel.
struct Finish {
  void* coefficients;            // Coefficients of the normalization, for the next kernel
  const void* gamma;             // null: 1
  const void* beta;              // null: 0
  void* savedMean;               // null: not kept
  void* savedInvStd;             // null: not kept
  double epsilon;
  void* runningMean;             // null: no running statistics, or not to be updated
  void* runningVariance;
  i64* batches;                  // counter, one element; null: none
  unsigned long long* skipped;   // updates left out under kSkipNonFinite, counted
  double averageFactor;          // weight of the new value; NaN: 1 / (batches + 1)
  i64 policy;                    // sum of the k... bits below
};

constexpr i64 kUnbiased = 1;       // the running variance stores v * m / (m - 1)
constexpr i64 kSkipNonFinite = 2;  // a channel whose mean or variance is not finite keeps its own
constexpr i64 kKeepSingle = 4;     // one value per channel updates nothing, the counter neither

// Batch statistics; bn_statistics.cu.
struct StatisticsArguments {
  const void* x;
  void* partials;     // 2 accumulators per channel and split; unused with 1 split
  unsigned* tickets;  // zero before the first launch and after every one: one per group, then one
  i64 c;
  i64 hw;
  i64 m;
  i64 splits;
  i64 chunk;
  i64 lanes;  // channel last: threads along the channels, a power of two up to 32
  i64 wide;
  Finish finish;
};

// Normalization by batch statistics; bn_normalize.cu.
struct NormalizeArguments {
  const void* x;
  const void* residual;
  void* y;
  unsigned char* mask;  // null: not kept
  const void* coefficients;
  i64 c;
  i64 hw;
  i64 rows;  // channel second: n * c rows of hw; channel last: n * hw rows of c
  i64 lanes;
  i64 wide;
  i64 relu;
};

// Normalization by running statistics; bn_inference.cu.
struct InferenceArguments {
  const void* x;
  const void* residual;
  void* y;
  unsigned char* mask;
  const void* mean;
  const void* variance;
  const void* gamma;
  const void* beta;
  double epsilon;
  i64 c;
  i64 hw;
  i64 rows;
  i64 lanes;
  i64 wide;
  i64 relu;
};

// Sums of a backward pass; bn_backward_reduce.cu, and bn_backward_frozen.cu, which also writes dx.
struct BackwardReduceArguments {
  const void* x;
  const void* dy;
  const void* residual;       // only to recompute the mask
  const unsigned char* mask;  // null: recompute
  void* dx;                   // frozen only
  void* dResidual;            // frozen only; null: none
  const void* mean;           // saved (training) or running (frozen)
  const void* spread;         // saved invStd (training) or running variance (frozen)
  const void* gamma;
  const void* beta;
  void* dGamma;               // null: none
  void* dBeta;                // null: none
  void* coefficients;         // training only: BackwardCoefficients for bn_backward_apply.cu
  void* partials;
  unsigned* tickets;
  double epsilon;
  i64 c;
  i64 hw;
  i64 m;
  i64 splits;
  i64 chunk;
  i64 lanes;
  i64 wide;
  i64 relu;
};

// Gradient of x in training; bn_backward_apply.cu.
struct BackwardApplyArguments {
  const void* x;
  const void* dy;
  const void* residual;
  const unsigned char* mask;
  void* dx;
  void* dResidual;
  const void* coefficients;
  const void* beta;
  i64 c;
  i64 hw;
  i64 rows;
  i64 lanes;
  i64 wide;
  i64 relu;
};

// Forward training in one pass: a block keeps what it read of its channels on chip. Grid: `splits`
// blocks next to each other share a group of channels; groups are taken in turn if there are more
// than blocks for them.
struct ForwardOnepassArguments {
  const void* x;
  const void* residual;
  void* y;
  unsigned char* mask;  // null: not kept
  void* partials;       // what blocks of a group tell each other (GridExchange)
  unsigned* barriers;   // one per group at a time; bit 31 flips at every use
  unsigned* tickets;    // one, zero before and after: counts groups for the batch counter
  i64 c;
  i64 hw;
  i64 m;
  i64 group;     // channels of a block; all but the last group have as many
  i64 splits;
  i64 chunk;     // of one split: values per channel (channel second) or rows (channel last)
  i64 resident;  // how much of `chunk` is kept; the rest is read again
  i64 lanes;     // channel last
  i64 wide;
  i64 relu;
  Finish finish;
};

// The backward pass of training in one pass, likewise.
struct BackwardOnepassArguments {
  const void* x;
  const void* dy;
  const void* residual;       // only to recompute the mask
  const unsigned char* mask;  // null: recompute
  void* dx;
  void* dResidual;            // null: none
  const void* mean;
  const void* invStd;
  const void* gamma;
  const void* beta;
  void* dGamma;               // null: none
  void* dBeta;                // null: none
  void* partials;
  unsigned* barriers;
  i64 c;
  i64 hw;
  i64 m;
  i64 group;
  i64 splits;
  i64 chunk;
  i64 resident;
  i64 lanes;
  i64 wide;
  i64 relu;
};

// Running statistics from somebody else's batch statistics; bn_running_update.cu.
struct RunningUpdateArguments {
  void* mean;
  void* variance;     // of the population, or unbiased where isUnbiased; then both are cleared
  unsigned* tickets;  // one, zero before and after
  i64 c;
  i64 m;
  i64 isUnbiased;
  Finish finish;
};

// Moments of two sets of values; bn_moments.cu.
struct MomentsArguments {
  i64* count;  // per channel; merged in place
  double* mean;
  double* m2;
  const i64* otherCount;
  const double* otherMean;
  const double* otherM2;
  unsigned* tickets;  // finish only: one, zero before and after
  i64 c;
  Finish finish;      // finish only
};
