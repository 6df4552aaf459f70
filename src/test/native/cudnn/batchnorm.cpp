// What the batch-norm calls check and compute.
#include "batchnorm.h"

#include <cmath>
#include <cstring>

namespace cudnn {

static int deviceMajor() {
  constexpr int kComputeCapabilityMajor = 75;  // the driver's number of the attribute
  int device = 0, major = 0;
  if (cuCtxGetDevice(&device) == 0) cuDeviceGetAttribute(&major, kComputeCapabilityMajor, device);
  return major;
}

const Tensor& checkedInput(Descriptor x, int mode) {
  const Tensor& tensor = tensorOf(x);
  require(mode >= kPerActivation && mode <= kSpatialPersistent, kBadParam);
  require(tensor.dims.size() == 4 || tensor.dims.size() == 5, kBadParam);
  // By experience of others with the real library: from compute capability 8.0 on, and not in the persistent mode.
  require(tensor.type != kBfloat16 || (mode != kSpatialPersistent && deviceMajor() >= 8), kNotSupported);
  return tensor;
}

Extent extentOf(const Tensor& x, int mode) {
  return {x.n(), x.c(), x.positions(), mode == kPerActivation};
}

Tensor derived(const Tensor& x, int mode) {
  Tensor result;
  result.type = x.type == kDouble ? kDouble : kFloat;
  result.dims = x.dims;
  result.dims[0] = 1;
  for (std::size_t axis = 2; axis < x.dims.size() && mode != kPerActivation; ++axis) {
    result.dims[axis] = 1;
  }
  result.strides = Tensor::dense(result.dims, x.channelsLast() ? kNhwc : kNchw);
  return result;
}

Tensor checkedParameters(Descriptor descriptor, const Tensor& x, int mode) {
  const Tensor& given = tensorOf(descriptor);
  const Tensor expected = derived(x, mode);
  require(given.type == expected.type && given.dims == expected.dims && given.packed(), kBadParam);
  return given;
}

bool hasOwnKernel(int mode, const Tensor& x) {
  return mode == kSpatialPersistent && x.type == kHalf && x.channelsLast() && x.c() % 4 == 0;
}

void checkOperations(int operations, int mode, const Tensor& x, Descriptor activation) {
  require(operations >= kNormalize && operations <= kAddActivate, kBadParam);
  if (operations == kNormalize) return;
  require(objects().get<ActivationDescriptor>(activation)->mode == kRelu, kNotSupported);
  require(hasOwnKernel(mode, x), kNotSupported);
}

static std::size_t inLines(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

std::size_t workspaceBytes(int mode, const Tensor& x) {
  return hasOwnKernel(mode, x) ? inLines(2 * sizeof(float) * x.c()) : 0;
}

std::size_t reserveBytes(int mode, int operations, const Tensor& x) {
  if (!hasOwnKernel(mode, x)) return 0;
  return operations == kNormalize ? 256 : inLines((x.elements() + 7) / 8);
}

namespace {

void checkSpace(const Space& space, int mode, int operations, const Tensor& x) {
  // Without memory the Ex calls do what the plain ones do, if nothing is fused.
  const bool plain = space.workspace == nullptr && operations == kNormalize;
  if (plain) return;
  const std::size_t workspace = workspaceBytes(mode, x), reserve = reserveBytes(mode, operations, x);
  require(space.workspaceBytes >= workspace && (space.workspace != nullptr || workspace == 0), kBadParam);
  require(space.reserveBytes >= reserve && (space.reserve != nullptr || reserve == 0), kBadParam);
}

void checkBatch(int mode, const Tensor& x) {
  require(x.n() <= (mode == kPerActivation ? kPerActivationBatch : kTrainingBatch), kNotSupported);
}

void bothOrNone(const void* first, const void* second) {
  require((first == nullptr) == (second == nullptr), kBadParam);
}

std::uint8_t* optional(Staging& staging, void* device, const Tensor& tensor, bool before) {
  return device == nullptr ? nullptr : staging.out(device, tensor.spanBytes(), before);
}

void average(const Tensor& tensor, std::uint8_t* running, const Values& batch, double factor) {
  Values values = tensor.read(running);
  for (std::size_t g = 0; g < values.size(); ++g) {
    values[g] = (1 - factor) * values[g] + factor * batch[g];
  }
  tensor.write(values, running);
}

// ReLU in place; its mask, one bit per element, is what the reserve space holds.
void activate(Values& y, std::uint8_t* mask) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (y[i] <= 0) y[i] = 0;
    else mask[i / 8] |= 1 << i % 8;
  }
}

}  // namespace

void forwardTraining(Library& library, const Forward& call) {
  const Tensor x = checkedInput(call.x.descriptor, call.mode);
  checkSame(call.y.descriptor, x);
  checkOperations(call.operations, call.mode, x, call.activation);
  const Tensor y = tensorOf(call.y.descriptor);
  const Tensor parameters = checkedParameters(call.parameters, x, call.mode);
  const Factors factors = factorsOf(call.scaling, x);
  require(call.x.data != nullptr && call.y.data != nullptr, kNullPointer);
  require(call.scale != nullptr && call.bias != nullptr, kNullPointer);
  require(call.epsilon >= 0, kBadParam);
  bothOrNone(call.runningMean, call.runningVariance);
  bothOrNone(call.saveMean, call.saveInvVariance);
  checkBatch(call.mode, x);
  checkSpace(call.space, call.mode, call.operations, x);
  const bool adds = call.operations == kAddActivate, fused = call.operations != kNormalize;
  Tensor z = x;
  if (adds) {
    checkSame(call.z.descriptor, x);
    z = tensorOf(call.z.descriptor);
    require(call.z.data != nullptr, kNullPointer);
  }

  Staging staging(library.staging, library.stream);
  const auto* atX = staging.in(call.x.data, x.spanBytes());
  const auto* atZ = adds ? staging.in(call.z.data, z.spanBytes()) : nullptr;
  const auto* atScale = staging.in(call.scale, parameters.spanBytes());
  const auto* atBias = staging.in(call.bias, parameters.spanBytes());
  auto* atY = result(staging, call.y.data, y, factors);
  auto* mean = optional(staging, call.saveMean, parameters, false);
  auto* invStd = optional(staging, call.saveInvVariance, parameters, false);
  auto* runningMean = optional(staging, call.runningMean, parameters, true);
  auto* runningVariance = optional(staging, call.runningVariance, parameters, true);
  const std::size_t maskBytes = fused ? reserveBytes(call.mode, call.operations, x) : 0;
  auto* mask = fused ? staging.out(call.space.reserve, maskBytes, false) : nullptr;
  spoil(staging, call.space.workspace, call.space.workspaceBytes);
  const Extent extent = extentOf(x, call.mode);
  staging.launch([=, epsilon = call.epsilon, factor = call.averageFactor] {
    const Values input = x.read(atX);
    Statistics batch = statistics(extent, input);
    const Values inverse = inverseDeviation(batch.variance, epsilon);
    Values result = normalize(extent, input, batch.mean, inverse, parameters.read(atScale),
                              parameters.read(atBias));
    if (adds) {
      const Values residual = z.read(atZ);
      for (std::size_t i = 0; i < result.size(); ++i) result[i] += residual[i];
    }
    if (fused) {
      std::memset(mask, 0, maskBytes);
      activate(result, mask);
    }
    y.write(blended(y, factors, result, atY), atY);
    if (mean != nullptr) parameters.write(batch.mean, mean);
    if (invStd != nullptr) parameters.write(inverse, invStd);
    if (runningMean == nullptr) return;
    const auto m = static_cast<double>(extent.perGroup());
    average(parameters, runningMean, batch.mean, factor);
    for (double& variance : batch.variance) variance = variance * m / (m - 1);  // NaN for m = 1
    average(parameters, runningVariance, batch.variance, factor);
  });
}

void forwardInference(Library& library, const Inference& call) {
  const Tensor x = checkedInput(call.x.descriptor, call.mode);
  checkSame(call.y.descriptor, x);
  const Tensor y = tensorOf(call.y.descriptor);
  const Tensor parameters = checkedParameters(call.parameters, x, call.mode);
  const Factors factors = factorsOf(call.scaling, x);
  require(call.x.data != nullptr && call.y.data != nullptr, kNullPointer);
  require(call.scale != nullptr && call.bias != nullptr, kNullPointer);
  require(call.mean != nullptr && call.variance != nullptr, kNullPointer);
  require(call.epsilon >= 0, kBadParam);
  require(x.n() <= kInferenceBatch, kNotSupported);

  Staging staging(library.staging, library.stream);
  const auto* atX = staging.in(call.x.data, x.spanBytes());
  const auto* atScale = staging.in(call.scale, parameters.spanBytes());
  const auto* atBias = staging.in(call.bias, parameters.spanBytes());
  const auto* atMean = staging.in(call.mean, parameters.spanBytes());
  const auto* atVariance = staging.in(call.variance, parameters.spanBytes());
  auto* atY = result(staging, call.y.data, y, factors);
  const Extent extent = extentOf(x, call.mode);
  staging.launch([=, epsilon = call.epsilon] {
    const Values inverse = inverseDeviation(parameters.read(atVariance), epsilon);
    const Values result = normalize(extent, x.read(atX), parameters.read(atMean), inverse,
                                    parameters.read(atScale), parameters.read(atBias));
    y.write(blended(y, factors, result, atY), atY);
  });
}

void backward(Library& library, const Backward& call) {
  const Tensor x = checkedInput(call.x.descriptor, call.mode);
  checkSame(call.dy.descriptor, x);
  checkSame(call.dx.descriptor, x);
  checkOperations(call.operations, call.mode, x, call.activation);
  const Tensor dy = tensorOf(call.dy.descriptor), dx = tensorOf(call.dx.descriptor);
  const Tensor parameters = checkedParameters(call.parameters, x, call.mode);
  const Factors data = factorsOf(call.data, x), parameter = factorsOf(call.parameter, x);
  require(call.x.data != nullptr && call.dy.data != nullptr && call.dx.data != nullptr, kNullPointer);
  require(call.scale != nullptr && call.dScale != nullptr && call.dBias != nullptr, kNullPointer);
  require(call.epsilon >= 0, kBadParam);
  bothOrNone(call.savedMean, call.savedInvVariance);
  checkBatch(call.mode, x);
  checkSpace(call.space, call.mode, call.operations, x);
  const bool adds = call.operations == kAddActivate, fused = call.operations != kNormalize;
  Tensor dz = x;
  if (adds) {
    checkSame(call.dz.descriptor, x);
    dz = tensorOf(call.dz.descriptor);
    require(call.dz.data != nullptr, kNullPointer);
  }

  Staging staging(library.staging, library.stream);
  const auto* atX = staging.in(call.x.data, x.spanBytes());
  const auto* atDy = staging.in(call.dy.data, dy.spanBytes());
  const auto* atScale = staging.in(call.scale, parameters.spanBytes());
  const bool saved = call.savedMean != nullptr;
  const auto* atMean = saved ? staging.in(call.savedMean, parameters.spanBytes()) : nullptr;
  const auto* atInverse = saved ? staging.in(call.savedInvVariance, parameters.spanBytes()) : nullptr;
  const auto* mask = fused ? staging.in(call.space.reserve, reserveBytes(call.mode, call.operations, x)) : nullptr;
  auto* atDx = result(staging, call.dx.data, dx, data);
  auto* atDz = adds ? staging.out(const_cast<void*>(call.dz.data), dz.spanBytes(), !dz.packed()) : nullptr;
  auto* atDScale = result(staging, call.dScale, parameters, parameter);
  auto* atDBias = result(staging, call.dBias, parameters, parameter);
  spoil(staging, call.space.workspace, call.space.workspaceBytes);
  const Extent extent = extentOf(x, call.mode);
  staging.launch([=, epsilon = call.epsilon] {
    const Values input = x.read(atX);
    Values gradient = dy.read(atDy);
    for (std::size_t i = 0; fused && i < gradient.size(); ++i) {
      if ((mask[i / 8] >> i % 8 & 1) == 0) gradient[i] = 0;
    }
    if (adds) dz.write(gradient, atDz);
    Statistics batch;
    if (!saved) batch = statistics(extent, input);
    const Values mean = saved ? parameters.read(atMean) : batch.mean;
    const Values inverse = saved ? parameters.read(atInverse) : inverseDeviation(batch.variance, epsilon);
    const Gradients result = gradients(extent, input, gradient, mean, inverse, parameters.read(atScale));
    dx.write(blended(dx, data, result.dx, atDx), atDx);
    parameters.write(blended(parameters, parameter, result.dScale, atDScale), atDScale);
    parameters.write(blended(parameters, parameter, result.dBias, atDBias), atDBias);
  });
}

}  // namespace cudnn
