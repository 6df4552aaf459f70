#include "convolution.h"

#include <algorithm>

namespace cudnn {

const Tensor& filterOf(Descriptor descriptor) {
  auto found = objects().get<FilterDescriptor>(descriptor);
  require(found->set, kBadParam);
  return found->tensor;
}

const ConvolutionDescriptor& convolutionOf(Descriptor descriptor) {
  auto found = objects().get<ConvolutionDescriptor>(descriptor);
  require(found->set, kBadParam);
  return *found;
}

OutputSize outputSize(const Tensor& x, const Tensor& filter, const ConvolutionDescriptor& how) {
  require(x.dims.size() == 4 && filter.dims.size() == 4 && x.c() == filter.dims[1], kBadParam);
  std::int64_t size[2];
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t reach = (filter.dims[2 + axis] - 1) * how.dilation[axis] + 1;
    const std::int64_t room = x.dims[2 + axis] + 2 * how.pad[axis] - reach;
    require(room >= 0, kBadParam);
    size[axis] = room / how.stride[axis] + 1;
  }
  return {x.n(), filter.dims[0], size[0], size[1]};
}

Convolution::Convolution(Descriptor xDesc, Descriptor filterDesc, Descriptor howDesc, Descriptor yDesc)
    : x(tensorOf(xDesc)), filter(filterOf(filterDesc)), y(tensorOf(yDesc)), how(convolutionOf(howDesc)) {
  const OutputSize out = outputSize(x, filter, how);
  require(x.type == filter.type && x.type == y.type, kBadParam);
  require(y.dims == std::vector<std::int64_t>({out.n, out.k, out.h, out.w}), kBadParam);
  // Other pairs exist for halves; nothing here needs them.
  require(x.type == how.computeType && (x.type == kFloat || x.type == kDouble), kNotSupported);
}

std::size_t Convolution::workspaceBytes(int algorithm) const {
  require(algorithm >= 0 && algorithm < kAlgorithms, kNotSupported);
  return algorithm == 0 ? 0 : (filter.spanBytes() + 255) / 256 * 256;
}

Values Convolution::rounded(Values values) const {
  constexpr int kFraction = 10, kLeast = -126;
  if (x.type != kFloat || how.mathType == kFmaMath) return values;
  for (double& value : values) value = roundTo(value, kFraction, kLeast);
  return values;
}

template <class Visit>
void Convolution::forEach(Visit visit) const {
  const std::int64_t height = x.dims[2], width = x.dims[3], rows = filter.dims[2], columns = filter.dims[3];
  const std::int64_t channels = x.c(), filters = y.c();
  std::int64_t yi = 0;
  for (std::int64_t n = 0; n < x.n(); ++n)
    for (std::int64_t k = 0; k < filters; ++k)
      for (std::int64_t oh = 0; oh < y.dims[2]; ++oh)
        for (std::int64_t ow = 0; ow < y.dims[3]; ++ow, ++yi)
          for (std::int64_t c = 0; c < channels; ++c)
            for (std::int64_t r = 0; r < rows; ++r) {
              const std::int64_t h = oh * how.stride[0] - how.pad[0] + r * how.dilation[0];
              if (h < 0 || h >= height) continue;
              for (std::int64_t s = 0; s < columns; ++s) {
                const std::int64_t w = ow * how.stride[1] - how.pad[1] + s * how.dilation[1];
                if (w < 0 || w >= width) continue;
                const std::int64_t tap = r * columns + s;
                const std::int64_t at = how.mode == kCrossCorrelation ? tap : rows * columns - 1 - tap;
                visit(((n * channels + c) * height + h) * width + w, (k * channels + c) * rows * columns + at, yi);
              }
            }
}

namespace {

void checkWorkspace(const Convolution& convolution, const Workspace& workspace) {
  const std::size_t needed = convolution.workspaceBytes(workspace.algorithm);
  require(workspace.bytes >= needed && (needed == 0 || workspace.memory != nullptr), kBadParam);
}

// The two factors of every product and where the sums go.
struct Sides {
  const Tensor& first;
  const void* atFirst;
  const Tensor& second;
  const void* atSecond;
  const Tensor& sum;
  void* atSum;
};

template <class Add>
void run(Library& library, const Convolution& convolution, const Scaling& scaling, const Sides& sides,
         const Workspace& workspace, bool forward, Add add) {
  const Factors factors = factorsOf(scaling, sides.sum);
  require(sides.atFirst != nullptr && sides.atSecond != nullptr && sides.atSum != nullptr, kNullPointer);
  checkWorkspace(convolution, workspace);
  Staging staging(library.staging, library.stream);
  const auto* atFirst = staging.in(sides.atFirst, sides.first.spanBytes());
  const auto* atSecond = staging.in(sides.atSecond, sides.second.spanBytes());
  auto* atSum = result(staging, sides.atSum, sides.sum, factors);
  spoil(staging, workspace.memory, convolution.workspaceBytes(workspace.algorithm));
  staging.launch([=, first = sides.first, second = sides.second, sum = sides.sum, algorithm = workspace.algorithm] {
    const Values a = convolution.rounded(first.read(atFirst)), b = convolution.rounded(second.read(atSecond));
    Values sums(sum.elements());
    convolution.forEach([&](auto x, auto w, auto y) { add(sums.data(), a.data(), b.data(), x, w, y); });
    if (!deterministic(forward, algorithm)) unsettle(sums);
    sum.write(blended(sum, factors, sums, atSum), atSum);
  });
}

}  // namespace

void convolutionForward(Library& library, const Convolution& convolution, const Scaling& scaling,
                        const void* x, const void* filter, void* y, const Workspace& workspace) {
  run(library, convolution, scaling, {convolution.x, x, convolution.filter, filter, convolution.y, y}, workspace,
      true, [](double* sum, const double* a, const double* b, auto xi, auto wi, auto yi) { sum[yi] += a[xi] * b[wi]; });
}

void convolutionBackwardData(Library& library, const Convolution& convolution, const Scaling& scaling,
                             const void* filter, const void* dy, void* dx, const Workspace& workspace) {
  run(library, convolution, scaling, {convolution.filter, filter, convolution.y, dy, convolution.x, dx}, workspace,
      false, [](double* sum, const double* a, const double* b, auto xi, auto wi, auto yi) { sum[xi] += a[wi] * b[yi]; });
}

void convolutionBackwardFilter(Library& library, const Convolution& convolution, const Scaling& scaling,
                               const void* x, const void* dy, void* dFilter, const Workspace& workspace) {
  run(library, convolution, scaling, {convolution.x, x, convolution.y, dy, convolution.filter, dFilter}, workspace,
      false, [](double* sum, const double* a, const double* b, auto xi, auto wi, auto yi) { sum[wi] += a[xi] * b[yi]; });
}

}  // namespace cudnn
