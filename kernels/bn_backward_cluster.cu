// bn_backward_onepass.cu with the blocks of a group in a cluster; see bn_forward_cluster.cu.
#include "bn_backward_onepass.cuh"

#define BN_BACKWARD_CLUSTER(name, T, N)                                                         \
  extern "C" __global__ void __launch_bounds__(kOnepassThreads) __cluster_dims__(N)             \
      bn_backward_cluster_nchw_##name##_x##N(const BackwardOnepassArguments a) {                \
    backwardOnepass<T, ClusterExchange<2, N, BackwardOnepassArguments>>(a);                     \
  }

#define BN_BACKWARD_CLUSTERS(name, T) \
  BN_BACKWARD_CLUSTER(name, T, 2)     \
  BN_BACKWARD_CLUSTER(name, T, 4)     \
  BN_BACKWARD_CLUSTER(name, T, 8)     \
  BN_BACKWARD_CLUSTER(name, T, 16)

BN_BACKWARD_CLUSTERS(f32, float)
BN_BACKWARD_CLUSTERS(f16, f16)
BN_BACKWARD_CLUSTERS(bf16, bf16)
