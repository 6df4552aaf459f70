// Two-dimensional convolution: its descriptors, and the three sums over one loop.
#pragma once

#include "arguments.h"

namespace cudnn {

struct FilterDescriptor : Object {
  Tensor tensor;  // k, c, h, w
  bool set = false;
};

struct ConvolutionDescriptor : Object {
  int pad[2] = {}, stride[2] = {}, dilation[2] = {};  // of height and width
  int mode = 0, computeType = kFloat, mathType = 0;
  bool set = false;
};

constexpr int kFlipped = 0, kCrossCorrelation = 1;
constexpr int kDefaultMath = 0, kFmaMath = 3;

// The forward pass has algorithms 0 and 1, both deterministic; of the backward passes' only 1 is.
constexpr int kAlgorithms = 2;
constexpr bool deterministic(bool forward, int algorithm) { return forward || algorithm == 1; }

// A convolution whose tensors fit together. x and y stand for their gradients, too.
struct Convolution {
  Tensor x, filter, y;
  ConvolutionDescriptor how;

  Convolution(Descriptor x, Descriptor filter, Descriptor how, Descriptor y);
  std::size_t workspaceBytes(int algorithm) const;
  // Values as the multipliers take them: TF32 where the mathematics allows it.
  Values rounded(Values values) const;
  // visit(x's index, the filter's, y's) for every product.
  template <class Visit>
  void forEach(Visit visit) const;
};

struct OutputSize {
  std::int64_t n, k, h, w;
};
OutputSize outputSize(const Tensor& x, const Tensor& filter, const ConvolutionDescriptor& how);
const Tensor& filterOf(Descriptor descriptor);
const ConvolutionDescriptor& convolutionOf(Descriptor descriptor);

struct Workspace {
  int algorithm;
  void* memory;
  std::size_t bytes;
};

void convolutionForward(Library& library, const Convolution& convolution, const Scaling& scaling,
                        const void* x, const void* filter, void* y, const Workspace& workspace);
void convolutionBackwardData(Library& library, const Convolution& convolution, const Scaling& scaling,
                             const void* filter, const void* dy, void* dx, const Workspace& workspace);
void convolutionBackwardFilter(Library& library, const Convolution& convolution, const Scaling& scaling,
                               const void* x, const void* dy, void* dFilter, const Workspace& workspace);

}  // namespace cudnn
