// The entry points of convolution, and what they say about algorithms.
#include <algorithm>

#include "convolution.h"

using namespace cudnn;

namespace {

// cudnnConvolutionFwdAlgoPerf_t and its two siblings, which are alike.
struct Performance {
  int algorithm, status;
  float time;
  std::size_t memory;
  int determinism, mathType, reserved[3];
};
static_assert(sizeof(Performance) == 48, "as in cuDNN's header");

// The fastest first, which backward is the one that is not deterministic.
void list(const Convolution& convolution, bool forward, int wanted, int* count, Performance* out) {
  require(count != nullptr && out != nullptr, kNullPointer);
  require(wanted >= 1, kBadParam);
  *count = std::min(wanted, kAlgorithms);
  for (int place = 0; place < *count; ++place) {
    const int algorithm = forward ? 1 - place : place;
    out[place] = {algorithm, kSuccess, -1.0F, convolution.workspaceBytes(algorithm),
                  deterministic(forward, algorithm), convolution.how.mathType, {}};
  }
}

int mostAlgorithms(const char* name, Handle handle, int* count) {
  return call(name, [&] {
    objects().get<Library>(handle);
    require(count != nullptr, kNullPointer);
    *count = kAlgorithms;
  });
}

int sizeOf(const char* name, Handle handle, std::size_t* bytes, const Descriptor (&four)[4], int algorithm) {
  return call(name, [&] {
    objects().get<Library>(handle);
    require(bytes != nullptr, kNullPointer);
    *bytes = Convolution(four[0], four[1], four[2], four[3]).workspaceBytes(algorithm);
  });
}

}  // namespace

CUDNN_API int cudnnGetConvolution2dForwardOutputDim(Descriptor how, Descriptor x, Descriptor filter, int* n, int* c,
                                                    int* h, int* w) {
  return call("cudnnGetConvolution2dForwardOutputDim", [&] {
    const OutputSize size = outputSize(tensorOf(x), filterOf(filter), convolutionOf(how));
    require(n != nullptr && c != nullptr && h != nullptr && w != nullptr, kNullPointer);
    *n = static_cast<int>(size.n), *c = static_cast<int>(size.k);
    *h = static_cast<int>(size.h), *w = static_cast<int>(size.w);
  });
}

CUDNN_API int cudnnGetConvolutionForwardAlgorithmMaxCount(Handle handle, int* count) {
  return mostAlgorithms("cudnnGetConvolutionForwardAlgorithmMaxCount", handle, count);
}
CUDNN_API int cudnnGetConvolutionBackwardDataAlgorithmMaxCount(Handle handle, int* count) {
  return mostAlgorithms("cudnnGetConvolutionBackwardDataAlgorithmMaxCount", handle, count);
}
CUDNN_API int cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(Handle handle, int* count) {
  return mostAlgorithms("cudnnGetConvolutionBackwardFilterAlgorithmMaxCount", handle, count);
}

CUDNN_API int cudnnGetConvolutionForwardAlgorithm_v7(Handle handle, Descriptor x, Descriptor filter, Descriptor how,
                                                     Descriptor y, int wanted, int* count, Performance* out) {
  return call("cudnnGetConvolutionForwardAlgorithm_v7", [&] {
    objects().get<Library>(handle);
    list(Convolution(x, filter, how, y), true, wanted, count, out);
  });
}
CUDNN_API int cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle handle, Descriptor filter, Descriptor dy,
                                                          Descriptor how, Descriptor dx, int wanted, int* count,
                                                          Performance* out) {
  return call("cudnnGetConvolutionBackwardDataAlgorithm_v7", [&] {
    objects().get<Library>(handle);
    list(Convolution(dx, filter, how, dy), false, wanted, count, out);
  });
}
CUDNN_API int cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle handle, Descriptor x, Descriptor dy, Descriptor how,
                                                            Descriptor dFilter, int wanted, int* count,
                                                            Performance* out) {
  return call("cudnnGetConvolutionBackwardFilterAlgorithm_v7", [&] {
    objects().get<Library>(handle);
    list(Convolution(x, dFilter, how, dy), false, wanted, count, out);
  });
}

CUDNN_API int cudnnGetConvolutionForwardWorkspaceSize(Handle handle, Descriptor x, Descriptor filter, Descriptor how,
                                                      Descriptor y, int algorithm, std::size_t* bytes) {
  return sizeOf("cudnnGetConvolutionForwardWorkspaceSize", handle, bytes, {x, filter, how, y}, algorithm);
}
CUDNN_API int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle handle, Descriptor filter, Descriptor dy,
                                                           Descriptor how, Descriptor dx, int algorithm,
                                                           std::size_t* bytes) {
  return sizeOf("cudnnGetConvolutionBackwardDataWorkspaceSize", handle, bytes, {dx, filter, how, dy}, algorithm);
}
CUDNN_API int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle handle, Descriptor x, Descriptor dy,
                                                             Descriptor how, Descriptor dFilter, int algorithm,
                                                             std::size_t* bytes) {
  return sizeOf("cudnnGetConvolutionBackwardFilterWorkspaceSize", handle, bytes, {x, dFilter, how, dy}, algorithm);
}

CUDNN_API int cudnnConvolutionForward(Handle handle, const void* alpha, Descriptor xDesc, const void* x,
                                      Descriptor filterDesc, const void* filter, Descriptor how, int algorithm,
                                      void* workspace, std::size_t bytes, const void* beta, Descriptor yDesc, void* y) {
  return call("cudnnConvolutionForward", [&] {
    convolutionForward(*objects().get<Library>(handle), {xDesc, filterDesc, how, yDesc}, {alpha, beta}, x, filter, y,
                       {algorithm, workspace, bytes});
  });
}

CUDNN_API int cudnnConvolutionBackwardData(Handle handle, const void* alpha, Descriptor filterDesc, const void* filter,
                                           Descriptor dyDesc, const void* dy, Descriptor how, int algorithm,
                                           void* workspace, std::size_t bytes, const void* beta, Descriptor dxDesc,
                                           void* dx) {
  return call("cudnnConvolutionBackwardData", [&] {
    convolutionBackwardData(*objects().get<Library>(handle), {dxDesc, filterDesc, how, dyDesc}, {alpha, beta}, filter,
                            dy, dx, {algorithm, workspace, bytes});
  });
}

CUDNN_API int cudnnConvolutionBackwardFilter(Handle handle, const void* alpha, Descriptor xDesc, const void* x,
                                             Descriptor dyDesc, const void* dy, Descriptor how, int algorithm,
                                             void* workspace, std::size_t bytes, const void* beta,
                                             Descriptor dFilterDesc, void* dFilter) {
  return call("cudnnConvolutionBackwardFilter", [&] {
    convolutionBackwardFilter(*objects().get<Library>(handle), {xDesc, dFilterDesc, how, dyDesc}, {alpha, beta}, x, dy,
                              dFilter, {algorithm, workspace, bytes});
  });
}
