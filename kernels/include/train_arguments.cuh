// The one by-value argument of each kernel of the training workload, by the rules of
// bn_arguments.cuh: every field is 8 bytes, and the Java twins in train/cuda name the same fields in
// the same order (a test compares them).
#pragma once

#include "bn_types.cuh"

// A parameter and what belongs to it, of `elements` floats each; train_optimizer.cu.
struct Slot {
  float* value;
  const float* gradient;
  float* first;   // m of Adam, the momentum of SGD
  float* second;  // v of Adam; null for SGD
  i64 elements;
};

struct OptimizerArguments {
  const void* slots;  // one Slot per gridDim.y, on the device
  const i64* clock;   // updates done so far
  double learningRate;
  double beta1;       // of SGD: the momentum
  double beta2;
  double epsilon;
};

// train_loss.cu; rows of `classes` values.
struct LossArguments {
  const float* logits;
  const float* logs;            // log softmax of the logits
  const unsigned char* labels;  // one per row
  float* gradient;              // null: not wanted
  double* totals;               // 2: sum of the losses, number of rows that are right
  i64 rows;
  i64 classes;
};

// train_dropout.cu
struct DropoutArguments {
  const float* from;
  float* to;          // may be `from`
  const i64* clock;
  i64 n;
  i64 threshold;      // least word that is kept, up to 2^32
  double scale;       // of what is kept
  i64 seed;
  i64 layer;
};

// train_sum.cu; sum may be a or b.
struct SumArguments {
  const float* a;
  const float* b;
  float* sum;
  i64 n;
};

// train_clock.cu
struct ClockArguments {
  i64* clock;
};
