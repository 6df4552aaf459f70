// The entry points of pooling, and what they compute.
#include <algorithm>
#include <cmath>

#include "pooling.h"

using namespace cudnn;

namespace {

struct Pooling {
  PoolingDescriptor how;
  Tensor x, y;

  Pooling(Descriptor descriptor, Descriptor xDesc, Descriptor yDesc);
  // For each element of y the index in x of the value taken: the first of equals, and of NaN.
  std::vector<std::int64_t> taken(const Values& values) const;
};

std::int64_t pooledSize(const Tensor& x, const PoolingDescriptor& how, int axis) {
  require(x.dims.size() == 4, kBadParam);
  const std::int64_t room = x.dims[2 + axis] + 2 * how.pad[axis] - how.window[axis];
  require(room >= 0, kBadParam);
  return room / how.stride[axis] + 1;
}

const PoolingDescriptor& poolingOf(Descriptor descriptor) {
  auto found = objects().get<PoolingDescriptor>(descriptor);
  require(found->set, kBadParam);
  return *found;
}

Pooling::Pooling(Descriptor descriptor, Descriptor xDesc, Descriptor yDesc)
    : how(poolingOf(descriptor)), x(tensorOf(xDesc)), y(tensorOf(yDesc)) {
  require(x.type == y.type, kBadParam);
  const std::int64_t h = pooledSize(x, how, 0), w = pooledSize(x, how, 1);
  require(y.dims == std::vector<std::int64_t>({x.n(), x.c(), h, w}), kBadParam);
  // Averages are not there: nothing needs them.
  require(how.mode == kMax || how.mode == kMaxDeterministic, kNotSupported);
}

std::vector<std::int64_t> Pooling::taken(const Values& values) const {
  std::vector<std::int64_t> taken;
  const std::int64_t height = x.dims[2], width = x.dims[3];
  for (std::int64_t plane = 0; plane < x.n() * x.c(); ++plane)
    for (std::int64_t oh = 0; oh < y.dims[2]; ++oh)
      for (std::int64_t ow = 0; ow < y.dims[3]; ++ow) {
        const std::int64_t top = oh * how.stride[0] - how.pad[0], left = ow * how.stride[1] - how.pad[1];
        std::int64_t best = -1;
        for (std::int64_t h = std::max<std::int64_t>(top, 0); h < std::min(top + how.window[0], height); ++h)
          for (std::int64_t w = std::max<std::int64_t>(left, 0); w < std::min(left + how.window[1], width); ++w) {
            const std::int64_t at = (plane * height + h) * width + w;
            const bool nan = how.propagatesNan && std::isnan(values[at]) && best >= 0 && !std::isnan(values[best]);
            const bool replaces = best >= 0 && !how.propagatesNan && std::isnan(values[best]);
            if (best < 0 || nan || replaces || values[at] > values[best]) best = at;
          }
        taken.push_back(best);
      }
  return taken;
}

}  // namespace

CUDNN_API int cudnnGetPooling2dForwardOutputDim(Descriptor descriptor, Descriptor xDesc, int* n, int* c, int* h, int* w) {
  return call("cudnnGetPooling2dForwardOutputDim", [&] {
    const Tensor& x = tensorOf(xDesc);
    const PoolingDescriptor& how = poolingOf(descriptor);
    require(n != nullptr && c != nullptr && h != nullptr && w != nullptr, kNullPointer);
    *h = static_cast<int>(pooledSize(x, how, 0)), *w = static_cast<int>(pooledSize(x, how, 1));
    *n = static_cast<int>(x.n()), *c = static_cast<int>(x.c());
  });
}

CUDNN_API int cudnnPoolingForward(Handle handle, Descriptor descriptor, const void* alpha, Descriptor xDesc,
                                  const void* x, const void* beta, Descriptor yDesc, void* y) {
  return call("cudnnPoolingForward", [&] {
    auto library = objects().get<Library>(handle);
    const Pooling pooling(descriptor, xDesc, yDesc);
    const Factors factors = factorsOf({alpha, beta}, pooling.x);
    require(x != nullptr && y != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atX = staging.in(x, pooling.x.spanBytes());
    auto* atY = result(staging, y, pooling.y, factors);
    staging.launch([=] {
      const Values values = pooling.x.read(atX);
      Values pooled;
      for (const std::int64_t at : pooling.taken(values)) pooled.push_back(values[at]);
      pooling.y.write(blended(pooling.y, factors, pooled, atY), atY);
    });
  });
}

CUDNN_API int cudnnPoolingBackward(Handle handle, Descriptor descriptor, const void* alpha, Descriptor yDesc,
                                   const void* y, Descriptor dyDesc, const void* dy, Descriptor xDesc, const void* x,
                                   const void* beta, Descriptor dxDesc, void* dx) {
  return call("cudnnPoolingBackward", [&] {
    auto library = objects().get<Library>(handle);
    const Pooling pooling(descriptor, xDesc, yDesc);
    checkSame(dyDesc, pooling.y);
    checkSame(dxDesc, pooling.x);
    const Tensor gradient = tensorOf(dyDesc), out = tensorOf(dxDesc);
    const Factors factors = factorsOf({alpha, beta}, pooling.x);
    require(x != nullptr && y != nullptr && dy != nullptr && dx != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atX = staging.in(x, pooling.x.spanBytes());
    staging.in(y, pooling.y.spanBytes());  // must have been written, though x alone would do
    const auto* atDy = staging.in(dy, gradient.spanBytes());
    auto* atDx = result(staging, dx, out, factors);
    staging.launch([=] {
      const auto taken = pooling.taken(pooling.x.read(atX));
      const Values given = gradient.read(atDy);
      Values sums(out.elements());
      for (std::size_t i = 0; i < taken.size(); ++i) sums[taken[i]] += given[i];
      if (pooling.how.mode == kMax) unsettle(sums);
      out.write(blended(out, factors, sums, atDx), atDx);
    });
  });
}
