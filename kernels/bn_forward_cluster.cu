// bn_forward_onepass.cu with the blocks of a group in a cluster, which tell each other their part
// through shared memory. Compute capability 9.0.
//
// Grid x = groups of channels times blocks of a cluster, which the entry's name ends with: the driver
// takes the size from the code, so each has an entry. 16 needs the function's leave (CudaFunction).
//
// Not taken: f64 (few devices' double precision keeps up with memory; the other tiers do it).
#include "bn_forward_onepass.cuh"

#define BN_FORWARD_CLUSTER(name, T, N)                                                          \
  extern "C" __global__ void __launch_bounds__(kOnepassThreads) __cluster_dims__(N)             \
      bn_forward_cluster_nchw_##name##_x##N(const ForwardOnepassArguments a) {                  \
    forwardOnepass<T, ClusterExchange<3, N, ForwardOnepassArguments>>(a);                       \
  }

#define BN_FORWARD_CLUSTERS(name, T) \
  BN_FORWARD_CLUSTER(name, T, 2)     \
  BN_FORWARD_CLUSTER(name, T, 4)     \
  BN_FORWARD_CLUSTER(name, T, 8)     \
  BN_FORWARD_CLUSTER(name, T, 16)

BN_FORWARD_CLUSTERS(f32, float)
BN_FORWARD_CLUSTERS(f16, f16)
BN_FORWARD_CLUSTERS(bf16, bf16)
