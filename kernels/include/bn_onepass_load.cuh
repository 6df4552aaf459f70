// How one-pass kernels, channel second, bring what they keep onto the chip; and what they are told
// about values that they do not keep.
#pragma once

#include "bn_async.cuh"
#include "bn_onepass.cuh"

// Brings a block's packs of TENSORS tensors onto the chip, PACKS packs of a thread at a time, in the
// order in which take() is called for the turns and rounds of a share.
//
// Where packs can be copied, GROUPS such groups are asked for before the first is awaited: GROUPS *
// PACKS * 16 bytes of each tensor per thread, which is all that a block of 256 threads keeps in its
// half of a multiprocessor. No slot is used twice, so nothing has to be free. Elsewhere a group is
// loaded into registers when it is taken, and put away from there.
//
// ahead.ask(element) is told of every pack that is copied, when it is asked for.
template <typename T, int V, int TENSORS, int PACKS, int GROUPS, typename Ahead>
struct PackLoader {
  static constexpr bool kAhead = kCopies<sizeof(T) * V>;

  const void* const (&from)[TENSORS];
  const Ahead ahead;
  Pack<T, V>* to[TENSORS];
  const Share<V>& s;
  i64 group;
  int turn;
  int round;
  Path<V> path;

  template <typename Chip>
  __device__ PackLoader(
      const void* const (&tensors)[TENSORS], const Ahead& others, const Chip& chip,
      const Share<V>& share, i64 ofGroup)
      : from(tensors), ahead(others), s(share), group(ofGroup), turn(0), round(0),
        path(share, ofGroup, 0) {
#pragma unroll
    for (int t = 0; t < TENSORS; ++t) {
      to[t] = chip.kept(t);
    }
#pragma unroll 1
    for (int g = 1; g < GROUPS; ++g) {
      ask();
    }
  }

  // To be called before each take(): asks for the next group, an empty one where all has been asked
  // for.
  __device__ void ask() {
    if constexpr (kAhead) {
      askForGroup();
    }
  }

  __device__ void askForGroup() {
    if (turn < s.turns) {
#pragma unroll
      for (int u = 0; u < PACKS; ++u) {
        const i64 element = path.cursor.next();
        if (path.has(round + u)) {
#pragma unroll
          for (int t = 0; t < TENSORS; ++t) {
            copyPack<T, V>(to[t] + path.at(round + u), from[t], element);
          }
          ahead.ask(element);
        }
      }
      round += PACKS;
      if (round >= path.rounds) {
        round = 0;
        ++turn;
        if (turn < s.turns) {
          path = Path<V>(s, group, turn);
        }
      }
    }
    commitCopies();
  }

  // The packs of rounds `first` to `first` + PACKS - 1 of the turn whose path is `taken`; they are
  // then in shared memory as well. `elements`: where they are in the tensors.
  __device__ void take(
      const Path<V>& taken, int first, const i64 (&elements)[PACKS],
      Pack<T, V> (&packs)[TENSORS][PACKS]) {
    if constexpr (kAhead) {
      awaitCopies<GROUPS - 1>();
#pragma unroll
      for (int u = 0; u < PACKS; ++u) {
        if (taken.has(first + u)) {
#pragma unroll
          for (int t = 0; t < TENSORS; ++t) {
            packs[t][u] = to[t][taken.at(first + u)];
          }
        }
      }
    } else {
#pragma unroll
      for (int u = 0; u < PACKS; ++u) {
        if (taken.has(first + u)) {
#pragma unroll
          for (int t = 0; t < TENSORS; ++t) {
            packs[t][u] = loadPack<T, V>(from[t], elements[u]);
          }
        }
      }
#pragma unroll
      for (int u = 0; u < PACKS; ++u) {
        if (taken.has(first + u)) {
#pragma unroll
          for (int t = 0; t < TENSORS; ++t) {
            to[t][taken.at(first + u)] = packs[t][u];
          }
        }
      }
    }
  }
};

// Nothing is read along with what is copied.
struct NothingAhead {
  __device__ void ask(i64) const {}
};

// What a pass does with values that are not kept: there are none.
template <typename T, int V>
struct NoRest {
  static constexpr bool kNone = true;

  template <typename Pass, typename S>
  __device__ void add(Pass&, const S&) {}
  template <typename Pass, typename S>
  __device__ void square(Pass&, const S&) {}
  template <typename Pass, typename S>
  __device__ void write(const Pass&, const S&) const {}
};
