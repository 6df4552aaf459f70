// Running statistics from batch statistics that another library computed.
//
//   r = (1 - a) * r + a * s, see updateRunning in bn_epilogue.cuh, which bn_statistics uses too
//
// The variance is that of the population, or cuDNN's: what its own running update makes of memory that
// was zero, with a factor of one. That is the unbiased variance, and NaN for a single value. Mean and
// variance are set to zero again there, because cuDNN would carry a NaN on from call to call: 0 * NaN.
// Grid: x = blocks of blockDim.x channels, taken in turn.
#include "bn_epilogue.cuh"

namespace {

template <typename A>
__device__ inline void update(const RunningUpdateArguments& a) {
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  for (i64 c = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; c < a.c; c += stride) {
    const double mean = statistic<A>(a.mean, c);
    double variance = statistic<A>(a.variance, c);
    if (a.isUnbiased != 0) {
      // mean - mean: 0, or NaN if the one value was not finite.
      variance = a.m > 1 ? variance * static_cast<double>(a.m - 1) / static_cast<double>(a.m)
                         : mean - mean;
      setStatistic<A>(a.mean, c, 0);
      setStatistic<A>(a.variance, c, 0);
    }
    updateRunning<A>(a.finish, c, mean, variance, a.m);
  }
  advanceBatches(a.finish, a.m, a.tickets, gridDim.x);
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    bn_running_update_f32(const RunningUpdateArguments a) {
  update<float>(a);
}

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    bn_running_update_f64(const RunningUpdateArguments a) {
  update<double>(a);
}
