// The batch-norm calls with their many parameters as records, and what they have in common.
#pragma once

#include "arguments.h"
#include "mathematics.h"

namespace cudnn {

struct Space {
  void* workspace;
  std::size_t workspaceBytes;
  void* reserve;
  std::size_t reserveBytes;
};

struct Forward {
  int mode, operations;
  Scaling scaling;
  Argument x, z, y;
  Descriptor parameters;
  const void *scale, *bias;
  double averageFactor;
  void *runningMean, *runningVariance;
  double epsilon;
  void *saveMean, *saveInvVariance;
  Descriptor activation;
  Space space;
};

struct Inference {
  int mode;
  Scaling scaling;
  Argument x, y;
  Descriptor parameters;
  const void *scale, *bias, *mean, *variance;
  double epsilon;
};

struct Backward {
  int mode, operations;
  Scaling data, parameter;
  Argument x, dy, dz, dx;
  Descriptor parameters;
  const void* scale;
  void *dScale, *dBias;
  double epsilon;
  const void *savedMean, *savedInvVariance;
  Descriptor activation;
  Space space;
};

void forwardTraining(Library& library, const Forward& call);
void forwardInference(Library& library, const Inference& call);
void backward(Library& library, const Backward& call);

// Most samples that the calls take, by experience of others with the real library.
constexpr std::int64_t kInferenceBatch = 65535, kTrainingBatch = 880801,
                       kPerActivationBatch = 131070;

// x as the batch-norm calls take it: rank 4 or 5, one of three types, a known mode.
const Tensor& checkedInput(Descriptor x, int mode);
Extent extentOf(const Tensor& x, int mode);
// The tensor that scale, bias and statistics have for x.
Tensor derived(const Tensor& x, int mode);
// The same, and the caller's descriptor says so.
Tensor checkedParameters(Descriptor descriptor, const Tensor& x, int mode);

// The fused calls: only NHWC, f16, channels in fours, persistent mode, ReLU.
void checkOperations(int operations, int mode, const Tensor& x, Descriptor activation);
// Where the Ex calls have kernels of their own and hence want memory.
bool hasOwnKernel(int mode, const Tensor& x);
std::size_t workspaceBytes(int mode, const Tensor& x);
std::size_t reserveBytes(int mode, int operations, const Tensor& x);

}  // namespace cudnn
