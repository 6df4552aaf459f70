// One update of all parameters from their gradients, t = clock + 1:
//
//   adam  m += (1 - beta1) * (g - m)
//         v = beta2 * v + (1 - beta2) * g * g
//         value -= learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//   sgd   b = momentum * b + g
//         value -= learningRate * b
//
// Factors are computed in double, once per block, and rounded to float. Products and sums are rounded
// one by one, as a processor without fused multiply-add does, so that a CPU gets the same bits.
// Grid: y = slot, x = blocks that share its elements.
#include "bn_reduce.cuh"
#include "train_arguments.cuh"

namespace {

// base^exponent for exponent >= 0, by squaring.
__device__ inline double power(double base, i64 exponent) {
  double result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) {
      result *= base;
    }
    base *= base;
  }
  return result;
}

// old + weight * (value - old)
__device__ inline float towards(float old, float value, float weight) {
  return __fadd_rn(old, __fmul_rn(weight, __fsub_rn(value, old)));
}

__device__ inline Slot slotOf(const OptimizerArguments& a) {
  return static_cast<const Slot*>(a.slots)[blockIdx.y];
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    train_optimizer_adam(const OptimizerArguments a) {
  __shared__ float stepSize;
  __shared__ float spread;
  if (threadIdx.x == 0) {
    const i64 t = *a.clock + 1;
    stepSize = static_cast<float>(a.learningRate / (1.0 - power(a.beta1, t)));
    spread = static_cast<float>(sqrt(1.0 - power(a.beta2, t)));
  }
  __syncthreads();
  const Slot s = slotOf(a);
  const float weight1 = static_cast<float>(1.0 - a.beta1);
  const float beta2 = static_cast<float>(a.beta2);
  const float weight2 = static_cast<float>(1.0 - a.beta2);
  const float epsilon = static_cast<float>(a.epsilon);
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 i = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; i < s.elements; i += stride) {
    const float g = s.gradient[i];
    const float m = towards(s.first[i], g, weight1);
    const float v = __fadd_rn(__fmul_rn(beta2, s.second[i]), __fmul_rn(__fmul_rn(weight2, g), g));
    const float scale = __fadd_rn(__fdiv_rn(__fsqrt_rn(v), spread), epsilon);
    s.first[i] = m;
    s.second[i] = v;
    s.value[i] = __fsub_rn(s.value[i], __fdiv_rn(__fmul_rn(stepSize, m), scale));
  }
}

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    train_optimizer_sgd(const OptimizerArguments a) {
  const Slot s = slotOf(a);
  const float momentum = static_cast<float>(a.beta1);
  const float learningRate = static_cast<float>(a.learningRate);
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 i = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; i < s.elements; i += stride) {
    const float b = __fadd_rn(__fmul_rn(momentum, s.first[i]), s.gradient[i]);
    s.first[i] = b;
    s.value[i] = __fsub_rn(s.value[i], __fmul_rn(learningRate, b));
  }
}
