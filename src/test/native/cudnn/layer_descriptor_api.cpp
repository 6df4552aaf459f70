// Descriptors of filters, convolutions and pooling.
#include <algorithm>

#include "convolution.h"
#include "pooling.h"

using namespace cudnn;

namespace {

bool atLeast(int least, std::initializer_list<int> values) {
  return std::all_of(values.begin(), values.end(), [=](int value) { return value >= least; });
}

}  // namespace

CUDNN_API int cudnnCreateFilterDescriptor(Descriptor* out) {
  return create<FilterDescriptor>("cudnnCreateFilterDescriptor", out);
}
CUDNN_API int cudnnDestroyFilterDescriptor(Descriptor descriptor) {
  return call("cudnnDestroyFilterDescriptor", [&] { objects().close<FilterDescriptor>(descriptor); });
}

CUDNN_API int cudnnSetFilter4dDescriptor(Descriptor descriptor, int type, int format, int k, int c, int h, int w) {
  return call("cudnnSetFilter4dDescriptor", [&] {
    auto target = objects().get<FilterDescriptor>(descriptor);
    require(type == kFloat || type == kDouble || type == kHalf || type == kBfloat16, kBadParam);
    require(format == kNchw || format == kNhwc, kBadParam);
    require(atLeast(1, {k, c, h, w}), kBadParam);
    target->tensor.type = type;
    target->tensor.dims = {k, c, h, w};
    target->tensor.strides = Tensor::dense(target->tensor.dims, static_cast<Format>(format));
    target->set = true;
  });
}

CUDNN_API int cudnnCreateConvolutionDescriptor(Descriptor* out) {
  return create<ConvolutionDescriptor>("cudnnCreateConvolutionDescriptor", out);
}
CUDNN_API int cudnnDestroyConvolutionDescriptor(Descriptor descriptor) {
  return call("cudnnDestroyConvolutionDescriptor", [&] { objects().close<ConvolutionDescriptor>(descriptor); });
}

CUDNN_API int cudnnSetConvolution2dDescriptor(Descriptor descriptor, int padH, int padW, int strideH, int strideW,
                                              int dilationH, int dilationW, int mode, int computeType) {
  return call("cudnnSetConvolution2dDescriptor", [&] {
    auto target = objects().get<ConvolutionDescriptor>(descriptor);
    require(atLeast(0, {padH, padW}) && atLeast(1, {strideH, strideW, dilationH, dilationW}), kBadParam);
    require(mode == kFlipped || mode == kCrossCorrelation, kBadParam);
    target->pad[0] = padH, target->pad[1] = padW;
    target->stride[0] = strideH, target->stride[1] = strideW;
    target->dilation[0] = dilationH, target->dilation[1] = dilationW;
    target->mode = mode;
    target->computeType = computeType;
    target->set = true;
  });
}

CUDNN_API int cudnnSetConvolutionMathType(Descriptor descriptor, int mathType) {
  return call("cudnnSetConvolutionMathType", [&] {
    auto target = objects().get<ConvolutionDescriptor>(descriptor);
    require(mathType >= kDefaultMath && mathType <= kFmaMath, kBadParam);
    target->mathType = mathType;
  });
}

CUDNN_API int cudnnCreatePoolingDescriptor(Descriptor* out) {
  return create<PoolingDescriptor>("cudnnCreatePoolingDescriptor", out);
}
CUDNN_API int cudnnDestroyPoolingDescriptor(Descriptor descriptor) {
  return call("cudnnDestroyPoolingDescriptor", [&] { objects().close<PoolingDescriptor>(descriptor); });
}

CUDNN_API int cudnnSetPooling2dDescriptor(Descriptor descriptor, int mode, int nanPropagation, int windowH, int windowW,
                                          int padH, int padW, int strideH, int strideW) {
  return call("cudnnSetPooling2dDescriptor", [&] {
    auto target = objects().get<PoolingDescriptor>(descriptor);
    require(mode >= kMax && mode <= kMaxDeterministic, kBadParam);
    require(nanPropagation == 0 || nanPropagation == 1, kBadParam);
    require(atLeast(1, {windowH, windowW, strideH, strideW}) && atLeast(0, {padH, padW}), kBadParam);
    require(padH < windowH && padW < windowW, kBadParam);
    target->mode = mode;
    target->propagatesNan = nanPropagation != 0;
    target->window[0] = windowH, target->window[1] = windowW;
    target->pad[0] = padH, target->pad[1] = padW;
    target->stride[0] = strideH, target->stride[1] = strideW;
    target->set = true;
  });
}
