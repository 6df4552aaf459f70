// Cross-entropy, hits and gradient from the logarithm of a softmax:
//
//   totals[0] += sum over rows of -logs[label]
//   totals[1] += number of rows whose first maximum is at the label
//   gradient = (exp(logs) - onehot(label)) / rows
//
// Grid: one block, whose threads take rows in turn and add up as a tree, so that the order of all
// sums is fixed. A batch has some hundred rows of ten classes; more blocks would only add a merge.
#include "bn_reduce.cuh"
#include "train_arguments.cuh"

extern "C" __global__ void __launch_bounds__(kThreads, 2) train_loss(const LossArguments a) {
  double loss = 0.0;
  double right = 0.0;
  const float rows = static_cast<float>(a.rows);
  for (i64 row = threadIdx.x; row < a.rows; row += blockDim.x) {
    const float* logits = a.logits + row * a.classes;
    const float* logs = a.logs + row * a.classes;
    const i64 label = a.labels[row];
    i64 best = 0;
    for (i64 c = 1; c < a.classes; ++c) {
      best = logits[c] > logits[best] ? c : best;
    }
    loss -= logs[label];
    right += best == label ? 1.0 : 0.0;
    if (a.gradient != nullptr) {
      float* gradient = a.gradient + row * a.classes;
      for (i64 c = 0; c < a.classes; ++c) {
        gradient[c] = (expf(logs[c]) - (c == label ? 1.0f : 0.0f)) / rows;
      }
    }
  }
  const double losses = blockSum(loss);
  const double hits = blockSum(right);
  if (threadIdx.x == 0) {
    a.totals[0] += losses;
    a.totals[1] += hits;
  }
}
