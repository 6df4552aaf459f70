// Element types, their accumulation types, and 16-byte packs.
//
// f16 and bf16 are held as bits and computed in float; conversions round to nearest even. For compute
// capability 7.5, which has no instruction for it, bf16 is converted by integer arithmetic.
#pragma once

typedef long long i64;

struct f16 {
  unsigned short bits;
};
struct bf16 {
  unsigned short bits;
};

template <typename T>
struct AccumulatorOf {
  typedef float type;
};
template <>
struct AccumulatorOf<double> {
  typedef double type;
};
// Type of sums, parameters and statistics that goes with elements of type T.
template <typename T>
using Acc = typename AccumulatorOf<T>::type;

// Of a power of two.
__device__ inline int exponentOf(int value) { return __ffs(value) - 1; }

// Elements in 16 bytes.
template <typename T>
constexpr int kWide = 16 / sizeof(T);

__device__ inline float widen(float value) { return value; }
__device__ inline double widen(double value) { return value; }
__device__ inline float widen(f16 value) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value.bits));
  return wide;
}
__device__ inline float widen(bf16 value) {
  return __uint_as_float(static_cast<unsigned>(value.bits) << 16);
}

__device__ inline void narrow(float value, float& to) { to = value; }
__device__ inline void narrow(double value, double& to) { to = value; }
__device__ inline void narrow(float value, f16& to) {
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(to.bits) : "f"(value));
}
__device__ inline void narrow(float value, bf16& to) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  // The instruction for one value needs 9.0.
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(0.0f), "f"(value));
  to.bits = static_cast<unsigned short>(pair);
#else
  const unsigned bits = __float_as_uint(value);
  // A NaN whose payload lies in the lower half would round to infinity: 0x40 keeps it a NaN.
  const unsigned rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  to.bits = static_cast<unsigned short>(value != value ? (bits >> 16) | 0x40u : rounded);
#endif
}

// V neighbouring elements as they lie in memory.
template <typename T, int V>
struct Pack {
  T v[V];
};

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
template <typename T>
constexpr bool kNarrowsPairs = sizeof(T) == 2;
#else
template <typename T>
constexpr bool kNarrowsPairs = false;
#endif

// Two neighbours at once, rounded as by narrow(); a NaN becomes the canonical one.
__device__ inline void narrowPair(float low, float high, f16 (&to)[2]) {
  unsigned word;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  memcpy(to, &word, sizeof(word));
}
__device__ inline void narrowPair(float low, float high, bf16 (&to)[2]) {
  unsigned word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  memcpy(to, &word, sizeof(word));
}

// Sets the elements of a pack in their order, by half as many instructions where there are some for
// pairs.
template <typename T, int V>
struct PackWriter {
  Acc<T> even;  // the last value of an even place, until its neighbour comes

  __device__ void put(Acc<T> value, int k, Pack<T, V>& to) {
    if constexpr (kNarrowsPairs<T> && V % 2 == 0) {
      if (k % 2 == 0) {
        even = value;
      } else {
        T pair[2];
        narrowPair(even, value, pair);
        to.v[k - 1] = pair[0];
        to.v[k] = pair[1];
      }
    } else {
      narrow(value, to.v[k]);
    }
  }
};

// All of a pack.
template <typename T, int V>
__device__ inline void narrowPack(const Acc<T> (&from)[V], Pack<T, V>& to) {
  PackWriter<T, V> writer;
#pragma unroll
  for (int k = 0; k < V; ++k) {
    writer.put(from[k], k, to);
  }
}

template <int BYTES>
struct Word;
template <>
struct Word<2> {
  typedef unsigned short type;
};
template <>
struct Word<4> {
  typedef unsigned int type;
};
template <>
struct Word<8> {
  typedef unsigned long long type;
};
template <>
struct Word<16> {
  typedef uint4 type;
};

// 16-byte accesses are spelled out: the compiler takes some of them apart into words otherwise. Not
// through the read-only cache, since outputs may be the same memory as inputs.
template <typename W>
__device__ inline W loadWord(const W* from) {
  return *from;
}
__device__ inline uint4 loadWord(const uint4* from) {
  uint4 word;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(word.x), "=r"(word.y), "=r"(word.z), "=r"(word.w)
               : "l"(__cvta_generic_to_global(from)));
  return word;
}

template <typename W>
__device__ inline void storeWord(W* to, const W& word) {
  *to = word;
}
__device__ inline void storeWord(uint4* to, const uint4& word) {
  asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(to)),
               "r"(word.x), "r"(word.y), "r"(word.z), "r"(word.w)
               : "memory");
}

// One load of V elements; the address must be a multiple of their size.
template <typename T, int V>
__device__ inline Pack<T, V> loadPack(const void* base, i64 element) {
  typedef typename Word<sizeof(T) * V>::type W;
  const W word = loadWord(reinterpret_cast<const W*>(static_cast<const T*>(base) + element));
  Pack<T, V> pack;
  memcpy(&pack, &word, sizeof(pack));
  return pack;
}

template <typename T, int V>
__device__ inline void storePack(void* base, i64 element, const Pack<T, V>& pack) {
  typedef typename Word<sizeof(T) * V>::type W;
  W word;
  memcpy(&word, &pack, sizeof(word));
  storeWord(reinterpret_cast<W*>(static_cast<T*>(base) + element), word);
}

// An optional parameter of a channel; memory that no kernel writes while it is read here.
template <typename A>
__device__ inline A parameter(const void* values, i64 channel, A otherwise) {
  return values == nullptr ? otherwise : __ldg(static_cast<const A*>(values) + channel);
}
