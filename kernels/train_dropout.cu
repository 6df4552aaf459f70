// to = kept ? from * scale : 0, where element i is kept if word i % 4 of Philox4x32-10 with the key
// (low word of the seed, high word) and the counter (low word of i / 4, high word, layer, low word of
// the clock) is at least the threshold. So forward and backward need no mask between them.
//
// Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011.
// Grid: x = blocks whose threads take four neighbouring elements in turn.
#include "bn_reduce.cuh"
#include "train_arguments.cuh"

namespace {

struct Words {
  unsigned w[4];
};

__device__ inline Words philox(Words c, unsigned key0, unsigned key1) {
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const unsigned high0 = __umulhi(0xD2511F53u, c.w[0]);
    const unsigned low0 = 0xD2511F53u * c.w[0];
    const unsigned high1 = __umulhi(0xCD9E8D57u, c.w[2]);
    const unsigned low1 = 0xCD9E8D57u * c.w[2];
    c = Words{{high1 ^ c.w[1] ^ key0, low1, high0 ^ c.w[3] ^ key1, low0}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kThreads, 2)
    train_dropout(const DropoutArguments a) {
  const unsigned time = static_cast<unsigned>(*a.clock);
  const unsigned key0 = static_cast<unsigned>(a.seed);
  const unsigned key1 = static_cast<unsigned>(a.seed >> 32);
  const float scale = static_cast<float>(a.scale);
  const i64 stride = static_cast<i64>(gridDim.x) * blockDim.x;
  const i64 quads = (a.n + 3) / 4;
  for (i64 q = static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x; q < quads; q += stride) {
    const Words counter{{static_cast<unsigned>(q), static_cast<unsigned>(q >> 32),
                         static_cast<unsigned>(a.layer), time}};
    const Words words = philox(counter, key0, key1);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const i64 i = 4 * q + j;
      if (i < a.n) {
        a.to[i] = static_cast<i64>(words.w[j]) >= a.threshold ? a.from[i] * scale : 0.0f;
      }
    }
  }
}
