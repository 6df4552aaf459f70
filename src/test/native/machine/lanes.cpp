// Instructions between the lanes of a warp.
#include <algorithm>
#include <unordered_map>

#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

std::uint32_t namedLanes(Warp& warp, const Instruction& i) { return warp.at<U32>(i.e)[__builtin_ctz(warp.active)]; }

std::uint32_t sources(Warp& warp, const Instruction& i) { return warp.mask(i.a) ^ (i.sourceWidth ? kAllLanes : 0); }

void setPredicate(Warp& warp, Place d, std::uint32_t value) {
  if (d != kNowhere) warp.mask(d) = (warp.mask(d) & ~warp.active) | (value & warp.active);
}

void checkMember(Warp& warp, const Instruction& i, std::uint32_t lanes) {
  const std::uint32_t outside = warp.active & ~lanes;
  if (outside)
    warp.grid->report(FindingKind::IdleLaneShuffle, warp, i, __builtin_ctz(outside), "executes this instruction but is not in its own mask");
}

}  // namespace

// d|p = value of a in another lane; b: which, c: clamp and segment.
void shuffle(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = namedLanes(warp, i);
  if (!converged(warp, i, lanes)) return;
  checkMember(warp, i, lanes);
  warp.grid->counters.shuffles++;
  U32* d = warp.at<U32>(i.d);
  const U32* b = warp.at<U32>(i.b);
  const U32* c = warp.at<U32>(i.c);
  U32 from[kLanes];
  std::copy_n(warp.at<U32>(i.a), kLanes, from);
  std::uint32_t inRange = 0;
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    const int delta = static_cast<int>(b[lane] & 31), clamp = static_cast<int>(c[lane] & 31), segment = static_cast<int>(c[lane] >> 8 & 31);
    const int last = (lane & segment) | (clamp & ~segment), first = lane & segment;
    int source = 0;
    bool valid = false;
    switch (static_cast<Shuffle>(i.mode)) {
      case Shuffle::Up: source = lane - delta, valid = source >= last; break;
      case Shuffle::Down: source = lane + delta, valid = source <= last; break;
      case Shuffle::Bfly: source = lane ^ delta, valid = source <= last; break;
      case Shuffle::Idx: source = first | (delta & ~segment), valid = source <= last; break;
    }
    if (!valid) source = lane;
    if (!(warp.active & lanes & 1u << source) && source != lane)
      warp.grid->report(FindingKind::IdleLaneShuffle, warp, i, lane, "reads lane " + std::to_string(source) + ", which does not take part");
    inRange |= static_cast<std::uint32_t>(valid) << lane;
    d[lane] = from[source];
  }
  setPredicate(warp, i.places[0], inRange);
}

void vote(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = namedLanes(warp, i);
  if (!converged(warp, i, lanes)) return;
  checkMember(warp, i, lanes);
  const std::uint32_t taking = lanes & warp.active, votes = sources(warp, i) & taking;
  switch (static_cast<Vote>(i.mode)) {
    case Vote::All: return setPredicate(warp, i.d, votes == taking ? kAllLanes : 0);
    case Vote::Any: return setPredicate(warp, i.d, votes ? kAllLanes : 0);
    case Vote::Uni: return setPredicate(warp, i.d, votes == taking || votes == 0 ? kAllLanes : 0);
    case Vote::Ballot: forLanes(warp.active, [&](int lane) { warp.at<U32>(i.d)[lane] = votes; });
  }
}

namespace {
std::uint64_t valueOf(Warp& warp, const Instruction& i, int lane) {
  return i.bytes == 4 ? warp.at<U32>(i.a)[lane] : warp.at<U64>(i.a)[lane];
}
}  // namespace

void matchAny(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = namedLanes(warp, i);
  if (!converged(warp, i, lanes)) return;
  checkMember(warp, i, lanes);
  forLanes(warp.active, [&](int lane) {
    std::uint32_t same = 0;
    for (std::uint32_t rest = warp.active & lanes; rest; rest &= rest - 1)
      if (valueOf(warp, i, __builtin_ctz(rest)) == valueOf(warp, i, lane)) same |= rest & ~(rest - 1);
    warp.at<U32>(i.d)[lane] = same;
  });
}

void matchAll(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = namedLanes(warp, i);
  if (!converged(warp, i, lanes)) return;
  checkMember(warp, i, lanes);
  const std::uint32_t taking = lanes & warp.active;
  bool same = taking != 0;
  for (std::uint32_t rest = taking; rest; rest &= rest - 1) same &= valueOf(warp, i, __builtin_ctz(rest)) == valueOf(warp, i, __builtin_ctz(taking));
  forLanes(warp.active, [&](int lane) { warp.at<U32>(i.d)[lane] = same ? taking : 0; });
  setPredicate(warp, i.places[0], same ? kAllLanes : 0);
}

void activeMask(Warp& warp, const Instruction& i) {
  const std::uint32_t active = warp.active;
  forLanes(active, [&](int lane) { warp.at<U32>(i.d)[lane] = active; });
}

// d|p: the lowest lane of the mask is elected.
void elect(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = namedLanes(warp, i);
  if (!converged(warp, i, lanes)) return;
  const std::uint32_t taking = lanes & warp.active;
  if (taking == 0) return;
  if (i.d != kNowhere) forLanes(warp.active, [&](int lane) { warp.at<U32>(i.d)[lane] = static_cast<U32>(__builtin_ctz(taking)); });
  setPredicate(warp, i.places[0], taking & ~(taking - 1));
}

namespace {

template <class T, class Op> void redux(Warp& warp, const Instruction& i) {
  const std::uint32_t lanes = namedLanes(warp, i);
  if (!converged(warp, i, lanes)) return;
  checkMember(warp, i, lanes);
  const T* a = warp.at<T>(i.a);
  const std::uint32_t taking = lanes & warp.active;
  if (taking == 0) return;
  T result = a[__builtin_ctz(taking)];
  for (std::uint32_t rest = taking & (taking - 1); rest; rest &= rest - 1) result = Op::of(result, a[__builtin_ctz(rest)]);
  forLanes(warp.active, [&](int lane) { warp.at<T>(i.d)[lane] = result; });
}

}  // namespace

Execute reduxFunction(const std::string& operation, const std::string& type) {
#define REDUX(T, ...) [] { struct Op { static T of(T a, T b) { return __VA_ARGS__; } }; return Execute{redux<T, Op>}; }()
  static const std::unordered_map<std::string, Execute> table = {
      {"add.u32", REDUX(U32, a + b)},
      {"add.s32", REDUX(U32, a + b)},
      {"min.u32", REDUX(U32, a < b ? a : b)},
      {"max.u32", REDUX(U32, a > b ? a : b)},
      {"min.s32", REDUX(S32, a < b ? a : b)},
      {"max.s32", REDUX(S32, a > b ? a : b)},
      {"and.b32", REDUX(U32, a & b)},
      {"or.b32", REDUX(U32, a | b)},
      {"xor.b32", REDUX(U32, a ^ b)},
  };
#undef REDUX
  auto found = table.find(operation + "." + type);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace machine
