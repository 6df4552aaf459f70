// The entry points of batch normalization: parameters into records.
#include "batchnorm.h"

using namespace cudnn;

CUDNN_API int cudnnDeriveBNTensorDescriptor(Descriptor out, Descriptor x, int mode) {
  return call("cudnnDeriveBNTensorDescriptor", [&] {
    auto target = objects().get<TensorDescriptor>(out);
    const Tensor& source = tensorOf(x);
    require(mode >= kPerActivation && mode <= kSpatialPersistent, kBadParam);
    target->tensor = derived(source, mode);
    target->set = true;
  });
}

CUDNN_API int cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
    Handle handle, int mode, int operations, Descriptor x, Descriptor, Descriptor, Descriptor,
    Descriptor activation, std::size_t* bytes) {
  return call("cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize", [&] {
    objects().get<Library>(handle);
    require(bytes != nullptr, kNullPointer);
    const Tensor& input = checkedInput(x, mode);
    checkOperations(operations, mode, input, activation);
    *bytes = workspaceBytes(mode, input);
  });
}

CUDNN_API int cudnnGetBatchNormalizationBackwardExWorkspaceSize(
    Handle handle, int mode, int operations, Descriptor x, Descriptor, Descriptor, Descriptor,
    Descriptor, Descriptor, Descriptor activation, std::size_t* bytes) {
  return call("cudnnGetBatchNormalizationBackwardExWorkspaceSize", [&] {
    objects().get<Library>(handle);
    require(bytes != nullptr, kNullPointer);
    const Tensor& input = checkedInput(x, mode);
    checkOperations(operations, mode, input, activation);
    *bytes = workspaceBytes(mode, input);
  });
}

CUDNN_API int cudnnGetBatchNormalizationTrainingExReserveSpaceSize(Handle handle, int mode,
                                                                   int operations,
                                                                   Descriptor activation,
                                                                   Descriptor x,
                                                                   std::size_t* bytes) {
  return call("cudnnGetBatchNormalizationTrainingExReserveSpaceSize", [&] {
    objects().get<Library>(handle);
    require(bytes != nullptr, kNullPointer);
    const Tensor& input = checkedInput(x, mode);
    checkOperations(operations, mode, input, activation);
    *bytes = reserveBytes(mode, operations, input);
  });
}

CUDNN_API int cudnnBatchNormalizationForwardTraining(
    Handle handle, int mode, const void* alpha, const void* beta, Descriptor xDesc, const void* x,
    Descriptor yDesc, void* y, Descriptor parameters, const void* scale, const void* bias,
    double factor, void* runningMean, void* runningVariance, double epsilon, void* saveMean,
    void* saveInvVariance) {
  return call("cudnnBatchNormalizationForwardTraining", [&] {
    forwardTraining(*objects().get<Library>(handle),
                    {mode, kNormalize, {alpha, beta}, {xDesc, x}, {}, {yDesc, y}, parameters, scale,
                     bias, factor, runningMean, runningVariance, epsilon, saveMean, saveInvVariance,
                     nullptr, {}});
  });
}

CUDNN_API int cudnnBatchNormalizationForwardTrainingEx(
    Handle handle, int mode, int operations, const void* alpha, const void* beta, Descriptor xDesc,
    const void* x, Descriptor zDesc, const void* z, Descriptor yDesc, void* y, Descriptor parameters,
    const void* scale, const void* bias, double factor, void* runningMean, void* runningVariance,
    double epsilon, void* saveMean, void* saveInvVariance, Descriptor activation, void* workspace,
    std::size_t workspaceSize, void* reserve, std::size_t reserveSize) {
  return call("cudnnBatchNormalizationForwardTrainingEx", [&] {
    forwardTraining(*objects().get<Library>(handle),
                    {mode, operations, {alpha, beta}, {xDesc, x}, {zDesc, z}, {yDesc, y}, parameters,
                     scale, bias, factor, runningMean, runningVariance, epsilon, saveMean,
                     saveInvVariance, activation, {workspace, workspaceSize, reserve, reserveSize}});
  });
}

CUDNN_API int cudnnBatchNormalizationForwardInference(
    Handle handle, int mode, const void* alpha, const void* beta, Descriptor xDesc, const void* x,
    Descriptor yDesc, void* y, Descriptor parameters, const void* scale, const void* bias,
    const void* mean, const void* variance, double epsilon) {
  return call("cudnnBatchNormalizationForwardInference", [&] {
    forwardInference(*objects().get<Library>(handle), {mode, {alpha, beta}, {xDesc, x}, {yDesc, y},
                                                       parameters, scale, bias, mean, variance,
                                                       epsilon});
  });
}

CUDNN_API int cudnnBatchNormalizationBackward(
    Handle handle, int mode, const void* alphaData, const void* betaData, const void* alphaParameter,
    const void* betaParameter, Descriptor xDesc, const void* x, Descriptor dyDesc, const void* dy,
    Descriptor dxDesc, void* dx, Descriptor parameters, const void* scale, void* dScale, void* dBias,
    double epsilon, const void* savedMean, const void* savedInvVariance) {
  return call("cudnnBatchNormalizationBackward", [&] {
    backward(*objects().get<Library>(handle),
             {mode, kNormalize, {alphaData, betaData}, {alphaParameter, betaParameter}, {xDesc, x},
              {dyDesc, dy}, {}, {dxDesc, dx}, parameters, scale, dScale, dBias, epsilon, savedMean,
              savedInvVariance, nullptr, {}});
  });
}

CUDNN_API int cudnnBatchNormalizationBackwardEx(
    Handle handle, int mode, int operations, const void* alphaData, const void* betaData,
    const void* alphaParameter, const void* betaParameter, Descriptor xDesc, const void* x,
    Descriptor, const void* y, Descriptor dyDesc, const void* dy, Descriptor dzDesc, void* dz,
    Descriptor dxDesc, void* dx, Descriptor parameters, const void* scale, const void* bias,
    void* dScale, void* dBias, double epsilon, const void* savedMean, const void* savedInvVariance,
    Descriptor activation, void* workspace, std::size_t workspaceSize, void* reserve,
    std::size_t reserveSize) {
  return call("cudnnBatchNormalizationBackwardEx", [&] {
    // The fused forms need y and the bias, though the mask alone would do here.
    require(operations == kNormalize || (y != nullptr && bias != nullptr), kNullPointer);
    backward(*objects().get<Library>(handle),
             {mode, operations, {alphaData, betaData}, {alphaParameter, betaParameter}, {xDesc, x},
              {dyDesc, dy}, {dzDesc, dz}, {dxDesc, dx}, parameters, scale, dScale, dBias, epsilon,
              savedMean, savedInvVariance, activation,
              {workspace, workspaceSize, reserve, reserveSize}});
  });
}
