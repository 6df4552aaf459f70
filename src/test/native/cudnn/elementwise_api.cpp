// Activations, softmax, and sums over or of what is broadcast.
#include <algorithm>
#include <cmath>

#include "arguments.h"

using namespace cudnn;

namespace {

constexpr int kSigmoid = 0, kTanh = 2;
constexpr int kFast = 0, kAccurate = 1, kLogarithm = 2;
constexpr int kPerInstance = 0, kPerChannel = 1;

// The modes that are implemented: sigmoid, ReLU, tanh.
struct Function {
  int mode;
  bool propagatesNan;

  explicit Function(Descriptor descriptor) {
    auto found = objects().get<ActivationDescriptor>(descriptor);
    require(found->mode >= 0, kBadParam);
    require(found->mode == kSigmoid || found->mode == kRelu || found->mode == kTanh, kNotSupported);
    mode = found->mode;
    propagatesNan = found->nanPropagation != 0;
  }
  double value(double x) const {
    if (mode == kSigmoid) return 1 / (1 + std::exp(-x));
    if (mode == kTanh) return std::tanh(x);
    return x > 0 || (propagatesNan && std::isnan(x)) ? x : 0;
  }
  double gradient(double x, double y, double dy) const {
    if (mode == kSigmoid) return dy * y * (1 - y);
    if (mode == kTanh) return dy * (1 - y * y);
    return x > 0 ? dy : 0;
  }
};

// The elements over which one softmax goes: `count` of them, `stride` apart.
struct Group {
  std::int64_t first, count, stride;
};

std::vector<Group> groupsOf(const Tensor& x, int mode) {
  std::vector<Group> groups;
  const std::int64_t s = x.positions(), c = x.c();
  for (std::int64_t n = 0; n < x.n(); ++n) {
    if (mode == kPerInstance) groups.push_back({n * c * s, c * s, 1});
    for (std::int64_t i = 0; mode == kPerChannel && i < s; ++i) groups.push_back({n * c * s + i, c, s});
  }
  return groups;
}

void softmax(const Group& group, int algorithm, const Values& x, Values& y) {
  double most = -INFINITY, sum = 0;
  const auto at = [&](std::int64_t i) { return group.first + i * group.stride; };
  for (std::int64_t i = 0; i < group.count; ++i) most = std::fmax(most, x[at(i)]);
  if (algorithm == kFast) most = 0;  // which overflows where the others do not
  for (std::int64_t i = 0; i < group.count; ++i) sum += std::exp(x[at(i)] - most);
  for (std::int64_t i = 0; i < group.count; ++i) {
    y[at(i)] = algorithm == kLogarithm ? x[at(i)] - most - std::log(sum) : std::exp(x[at(i)] - most) / sum;
  }
}

void softmaxGradient(const Group& group, int algorithm, const Values& y, const Values& dy, Values& dx) {
  double sum = 0;
  const auto at = [&](std::int64_t i) { return group.first + i * group.stride; };
  const bool logarithm = algorithm == kLogarithm;
  for (std::int64_t i = 0; i < group.count; ++i) sum += dy[at(i)] * (logarithm ? 1 : y[at(i)]);
  for (std::int64_t i = 0; i < group.count; ++i) {
    dx[at(i)] = logarithm ? dy[at(i)] - std::exp(y[at(i)]) * sum : y[at(i)] * (dy[at(i)] - sum);
  }
}

void checkSoftmax(int algorithm, int mode) {
  require(algorithm >= kFast && algorithm <= kLogarithm, kBadParam);
  require(mode == kPerInstance || mode == kPerChannel, kBadParam);
}

// Axes of size 1 in `small` go with every place of `large`.
template <class Visit>
void forEachBroadcast(const Tensor& small, const Tensor& large, Visit visit) {
  std::vector<std::int64_t> index(large.dims.size());
  for (std::int64_t i = 0; i < large.elements(); ++i) {
    std::int64_t at = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      at = at * small.dims[axis] + (small.dims[axis] == 1 ? 0 : index[axis]);
    }
    visit(at, i);
    for (std::size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < large.dims[axis]) break;
      index[axis] = 0;
    }
  }
}

}  // namespace

CUDNN_API int cudnnActivationForward(Handle handle, Descriptor activation, const void* alpha, Descriptor xDesc,
                                     const void* x, const void* beta, Descriptor yDesc, void* y) {
  return call("cudnnActivationForward", [&] {
    auto library = objects().get<Library>(handle);
    const Function function(activation);
    const Tensor in = tensorOf(xDesc), out = tensorOf(yDesc);
    checkSame(yDesc, in);
    const Factors factors = factorsOf({alpha, beta}, in);
    require(x != nullptr && y != nullptr, kNullPointer);
    require(x != y || in.strides == out.strides, kBadParam);
    Staging staging(library->staging, library->stream);
    const auto* atX = staging.in(x, in.spanBytes());
    auto* atY = result(staging, y, out, factors);
    staging.launch([=] {
      Values values = in.read(atX);
      for (double& value : values) value = function.value(value);
      out.write(blended(out, factors, values, atY), atY);
    });
  });
}

CUDNN_API int cudnnActivationBackward(Handle handle, Descriptor activation, const void* alpha, Descriptor yDesc,
                                      const void* y, Descriptor dyDesc, const void* dy, Descriptor xDesc,
                                      const void* x, const void* beta, Descriptor dxDesc, void* dx) {
  return call("cudnnActivationBackward", [&] {
    auto library = objects().get<Library>(handle);
    const Function function(activation);
    const Tensor in = tensorOf(xDesc), value = tensorOf(yDesc), gradient = tensorOf(dyDesc), out = tensorOf(dxDesc);
    for (const Descriptor other : {yDesc, dyDesc, dxDesc}) checkSame(other, in);
    const Factors factors = factorsOf({alpha, beta}, in);
    require(x != nullptr && y != nullptr && dy != nullptr && dx != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atX = staging.in(x, in.spanBytes());
    const auto* atY = staging.in(y, value.spanBytes());
    const auto* atDy = staging.in(dy, gradient.spanBytes());
    auto* atDx = result(staging, dx, out, factors);
    staging.launch([=] {
      const Values xs = in.read(atX), ys = value.read(atY);
      Values gradients = gradient.read(atDy);
      for (std::size_t i = 0; i < xs.size(); ++i) gradients[i] = function.gradient(xs[i], ys[i], gradients[i]);
      out.write(blended(out, factors, gradients, atDx), atDx);
    });
  });
}

CUDNN_API int cudnnSoftmaxForward(Handle handle, int algorithm, int mode, const void* alpha, Descriptor xDesc,
                                  const void* x, const void* beta, Descriptor yDesc, void* y) {
  return call("cudnnSoftmaxForward", [&] {
    auto library = objects().get<Library>(handle);
    checkSoftmax(algorithm, mode);
    const Tensor in = tensorOf(xDesc), out = tensorOf(yDesc);
    checkSame(yDesc, in);
    const Factors factors = factorsOf({alpha, beta}, in);
    require(x != nullptr && y != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atX = staging.in(x, in.spanBytes());
    auto* atY = result(staging, y, out, factors);
    staging.launch([=] {
      const Values values = in.read(atX);
      Values shares(values.size());
      for (const Group& group : groupsOf(in, mode)) softmax(group, algorithm, values, shares);
      out.write(blended(out, factors, shares, atY), atY);
    });
  });
}

CUDNN_API int cudnnSoftmaxBackward(Handle handle, int algorithm, int mode, const void* alpha, Descriptor yDesc,
                                   const void* y, Descriptor dyDesc, const void* dy, const void* beta,
                                   Descriptor dxDesc, void* dx) {
  return call("cudnnSoftmaxBackward", [&] {
    auto library = objects().get<Library>(handle);
    checkSoftmax(algorithm, mode);
    const Tensor value = tensorOf(yDesc), gradient = tensorOf(dyDesc), out = tensorOf(dxDesc);
    checkSame(dyDesc, value);
    checkSame(dxDesc, value);
    const Factors factors = factorsOf({alpha, beta}, value);
    require(y != nullptr && dy != nullptr && dx != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atY = staging.in(y, value.spanBytes());
    const auto* atDy = staging.in(dy, gradient.spanBytes());
    auto* atDx = result(staging, dx, out, factors);
    staging.launch([=] {
      const Values shares = value.read(atY), given = gradient.read(atDy);
      Values gradients(shares.size());
      for (const Group& group : groupsOf(value, mode)) softmaxGradient(group, algorithm, shares, given, gradients);
      out.write(blended(out, factors, gradients, atDx), atDx);
    });
  });
}

CUDNN_API int cudnnAddTensor(Handle handle, const void* alpha, Descriptor aDesc, const void* a, const void* beta,
                             Descriptor cDesc, void* c) {
  return call("cudnnAddTensor", [&] {
    auto library = objects().get<Library>(handle);
    const Tensor small = tensorOf(aDesc), large = tensorOf(cDesc);
    require(small.type == large.type && small.dims.size() == large.dims.size(), kBadParam);
    for (std::size_t axis = 0; axis < small.dims.size(); ++axis) {
      require(small.dims[axis] == 1 || small.dims[axis] == large.dims[axis], kBadParam);
    }
    const Factors factors = factorsOf({alpha, beta}, large);
    require(a != nullptr && c != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atA = staging.in(a, small.spanBytes());
    auto* atC = result(staging, c, large, factors);
    staging.launch([=] {
      const Values values = small.read(atA);
      Values spread(large.elements());
      forEachBroadcast(small, large, [&](auto from, auto to) { spread[to] = values[from]; });
      large.write(blended(large, factors, spread, atC), atC);
    });
  });
}

CUDNN_API int cudnnConvolutionBackwardBias(Handle handle, const void* alpha, Descriptor dyDesc, const void* dy,
                                           const void* beta, Descriptor dbDesc, void* db) {
  return call("cudnnConvolutionBackwardBias", [&] {
    auto library = objects().get<Library>(handle);
    const Tensor large = tensorOf(dyDesc), small = tensorOf(dbDesc);
    require(small.type == large.type && small.dims.size() == large.dims.size(), kBadParam);
    require(small.c() == large.c() && small.elements() == small.c(), kBadParam);
    const Factors factors = factorsOf({alpha, beta}, large);
    require(dy != nullptr && db != nullptr, kNullPointer);
    Staging staging(library->staging, library->stream);
    const auto* atDy = staging.in(dy, large.spanBytes());
    auto* atDb = result(staging, db, small, factors);
    staging.launch([=] {
      const Values values = large.read(atDy);
      Values sums(small.elements());
      forEachBroadcast(small, large, [&](auto to, auto from) { sums[to] += values[from]; });
      small.write(blended(small, factors, sums, atDb), atDb);
    });
  });
}
