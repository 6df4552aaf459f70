// sum = a + b. Grid: x = blocks that take the elements in turn.
#include "bn_reduce.cuh"
#include "train_arguments.cuh"

extern "C" __global__ void __launch_bounds__(kThreads, 2) train_sum(const SumArguments a) {
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 i = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; i < a.n; i += stride) {
    a.sum[i] = a.a[i] + a.b[i];
  }
}
