// What is done once per channel after a reduction: invStd, coefficients, running statistics.
//
// One thread per channel, in double precision: a channel has many elements, so this costs nothing,
// and every kernel that updates running statistics gets the same bits.
#pragma once

#include "bn_arguments.cuh"
#include "bn_reduce.cuh"

// z = (x - mean) * scale + shift. One float is too coarse for a mean that is large against the
// deviation; what it lacks is in the shift.
template <typename A>
struct alignas(4 * sizeof(A)) Coefficients {
  A mean;
  A scale;
  A shift;
  A zero;  // so that all of what is copied as a whole has been written
};

// dx = scale * ((dy - shiftOfDy) - (x - mean) * slope)
template <typename A>
struct alignas(4 * sizeof(A)) BackwardCoefficients {
  A mean;
  A scale;      // gamma * invStd
  A shiftOfDy;  // sum(dy) / m
  A slope;      // invStd^2 * sum(dy * (x - mean)) / m
};

// Written by the kernel before this one, hence fit for the read-only cache.
template <typename C>
__device__ inline C loadCoefficients(const void* all, i64 channel) {
  C one;
  const uint4* from = reinterpret_cast<const uint4*>(static_cast<const C*>(all) + channel);
  uint4 words[sizeof(C) / 16];
#pragma unroll
  for (int i = 0; i < static_cast<int>(sizeof(C) / 16); ++i) {
    words[i] = __ldg(from + i);
  }
  memcpy(&one, words, sizeof(C));
  return one;
}

__device__ inline double asDouble(float value) { return value; }
__device__ inline double asDouble(double value) { return value; }

// A statistic of a channel, widened.
template <typename A>
__device__ inline double statistic(const void* values, i64 channel) {
  return asDouble(static_cast<const A*>(values)[channel]);
}

template <typename A>
__device__ inline void setStatistic(void* values, i64 channel, double value) {
  if (values != nullptr) {
    static_cast<A*>(values)[channel] = static_cast<A>(value);
  }
}

__device__ inline bool updatesNothing(const Finish& f, i64 m) {
  return f.runningMean == nullptr || (m == 1 && (f.policy & kKeepSingle) != 0);
}

// True if the value is finite in the type that it will be stored in.
template <typename A>
__device__ inline bool storable(double value) {
  return isfinite(static_cast<A>(value));
}

// r = (1 - a) * r + a * s, rounded once on store. The roundings are spelled out, or the compiler
// would contract them into a fused operation that differs where the two terms cancel.
template <typename A>
__device__ inline void average(void* running, i64 channel, double a, double value) {
  const double old = statistic<A>(running, channel);
  setStatistic<A>(running, channel, __dadd_rn(__dmul_rn(1.0 - a, old), __dmul_rn(a, value)));
}

// Updates one channel's running statistics by a batch of m values with this mean and population
// variance. The counter is read here and advanced later, by advanceBatches.
template <typename A>
__device__ inline void updateRunning(
    const Finish& f, i64 channel, double mean, double variance, i64 m) {
  if (updatesNothing(f, m)) {
    return;
  }
  if ((f.policy & kSkipNonFinite) != 0 && !(storable<A>(mean) && storable<A>(variance))) {
    atomicAdd(f.skipped, 1ull);
    return;
  }
  const bool unbiased = (f.policy & kUnbiased) != 0 && m > 1;
  const double correction =
      unbiased ? static_cast<double>(m) / static_cast<double>(m - 1) : 1.0;
  const bool cumulative = f.averageFactor != f.averageFactor;
  const double a = cumulative
                       ? 1.0 / static_cast<double>(*static_cast<volatile i64*>(f.batches) + 1)
                       : f.averageFactor;
  average<A>(f.runningMean, channel, a, mean);
  average<A>(f.runningVariance, channel, a, __dmul_rn(variance, correction));
}

// Adds one to the batch counter, once all of `groups` groups of channels have been updated and so
// have read it. Called by every thread of one block per group.
__device__ inline void advanceBatches(
    const Finish& f, i64 m, unsigned* ticket, unsigned groups) {
  if (f.batches == nullptr || updatesNothing(f, m)) {
    return;
  }
  if (lastToArrive(ticket, groups) && threadIdx.x == 0) {
    *f.batches += 1;
  }
}

// Likewise, called by one thread per group, after a barrier behind the group's updates.
__device__ inline void advanceBatchesAlone(
    const Finish& f, i64 m, unsigned* ticket, unsigned groups) {
  if (f.batches == nullptr || updatesNothing(f, m)) {
    return;
  }
  fenceDevice();
  if (atomicInc(ticket, groups - 1) == groups - 1) {
    fenceDevice();
    *f.batches += 1;
  }
}

// A channel's statistics once they are known; high + low is the mean.
struct BatchStatistics {
  double high;
  double low;
  double variance;
  double invStd;
};

// From the mean relative to the pivot, and m2, the sum of squared deviations.
__device__ inline BatchStatistics batchStatistics(
    const Finish& f, double pivot, double mean, double m2, i64 m) {
  // The two parts of pivot + mean, without rounding error: Knuth's two-sum.
  BatchStatistics s;
  s.high = pivot + mean;
  const double added = s.high - pivot;
  s.low = (pivot - (s.high - added)) + (mean - added);
  s.variance = m2 / static_cast<double>(m);
  s.invStd = 1.0 / sqrt(s.variance + f.epsilon);
  return s;
}

template <typename A>
__device__ inline Coefficients<A> coefficientsOf(
    const Finish& f, i64 channel, const BatchStatistics& s) {
  const double scale = asDouble(parameter<A>(f.gamma, channel, A(1))) * s.invStd;
  Coefficients<A> c;
  c.mean = static_cast<A>(s.high);
  c.scale = static_cast<A>(scale);
  const double lacking = (s.high - asDouble(c.mean)) + s.low;
  c.shift = static_cast<A>(asDouble(parameter<A>(f.beta, channel, A(0))) - lacking * scale);
  c.zero = A(0);
  return c;
}

// Saves the statistics for the backward pass and updates the running ones.
template <typename A>
__device__ inline void recordStatistics(
    const Finish& f, i64 channel, const BatchStatistics& s, i64 m) {
  setStatistic<A>(f.savedMean, channel, s.high);
  setStatistic<A>(f.savedInvStd, channel, s.invStd);
  updateRunning<A>(f, channel, s.high, s.variance, m);
}

// Ends a channel's statistics: mean relative to the pivot, m2 the sum of squared deviations.
template <typename A>
__device__ inline void finishChannel(
    const Finish& f, i64 channel, A pivot, double mean, double m2, i64 m) {
  const BatchStatistics s = batchStatistics(f, asDouble(pivot), mean, m2, m);
  if (f.coefficients != nullptr) {
    static_cast<Coefficients<A>*>(f.coefficients)[channel] = coefficientsOf<A>(f, channel, s);
  }
  recordStatistics<A>(f, channel, s, m);
}
