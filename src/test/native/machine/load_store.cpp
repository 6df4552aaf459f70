// ld, st and the moves between vectors and registers.
#include <cstring>
#include <type_traits>

#include "access.h"
#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

template <class T> void widen(std::uint8_t* to, T value, int width, bool isSigned) {
  if (width == sizeof(T)) {
    std::memcpy(to, &value, sizeof value);
    return;
  }
  std::uint64_t wide = isSigned ? static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::make_signed_t<T>>(value))) : value;
  std::memcpy(to, &wide, static_cast<std::size_t>(width));
}

// Acquire and release sides of strong accesses.
std::uint64_t locationOf(const Access& at, int lane) { return reinterpret_cast<std::uint64_t>(at.host[lane]); }

void acquire(Warp& warp, const Instruction& i, const Access& at) {
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    warp.grid->order.read(warp.block->order, warp.thread(lane), locationOf(at, lane), i.acquire);
  }
}

void release(Warp& warp, const Instruction& i, const Access& at) {
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    warp.grid->order.write(warp.block->order, warp.thread(lane), locationOf(at, lane), i.release, i.scope != Scope::Block);
  }
}

template <class T> void load(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Read, static_cast<std::uint32_t>(sizeof(T) * i.vector), at);
  if (i.strong) acquire(warp, i, at);
  if (i.width == sizeof(T) && i.vector == 1 && at.dense) {
    std::memcpy(warp.at<T>(i.places[0]), at.host[0], sizeof(T) * static_cast<std::size_t>(__builtin_popcount(warp.active)));
    return;
  }
  for (int element = 0; element < i.vector; element++) {
    if (i.places[element] == kNowhere) continue;
    std::uint8_t* to = warp.at<std::uint8_t>(i.places[element]);
    forLanes(warp.active, [&](int lane) {
      T value;
      std::memcpy(&value, at.host[lane] + static_cast<std::size_t>(element) * sizeof(T), sizeof value);
      widen(to + lane * i.width, value, i.width, i.isSigned);
    });
  }
}

template <class T> void store(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Write, static_cast<std::uint32_t>(sizeof(T) * i.vector), at);
  for (int element = 0; element < i.vector; element++) {
    const std::uint8_t* from = warp.at<std::uint8_t>(i.places[element]);
    forLanes(warp.active, [&](int lane) {
      std::memcpy(at.host[lane] + static_cast<std::size_t>(element) * sizeof(T), from + lane * i.width, sizeof(T));
    });
  }
  if (i.strong) release(warp, i, at);
}

}  // namespace

Execute loadFunction(int bytes) {
  return bytes == 1 ? load<U8> : bytes == 2 ? load<U16> : bytes == 4 ? load<U32> : load<U64>;
}

Execute storeFunction(int bytes) {
  return bytes == 1 ? store<U8> : bytes == 2 ? store<U16> : bytes == 4 ? store<U32> : store<U64>;
}

// mov.b64 %rd1, {%r1, %r2}: `width` bytes of target from `vector` parts of `bytes` each.
void packVector(Warp& warp, const Instruction& i) {
  std::uint8_t* d = warp.at<std::uint8_t>(i.d);
  forLanes(warp.active, [&](int lane) {
    std::uint8_t whole[8];
    for (int part = 0; part < i.vector; part++)
      std::memcpy(whole + part * i.bytes, warp.at<std::uint8_t>(i.places[part]) + lane * i.bytes, i.bytes);
    std::memcpy(d + lane * i.width, whole, i.width);
  });
}

void unpackVector(Warp& warp, const Instruction& i) {
  const std::uint8_t* a = warp.at<std::uint8_t>(i.a);
  forLanes(warp.active, [&](int lane) {
    std::uint8_t whole[8];
    std::memcpy(whole, a + lane * i.width, i.width);
    for (int part = 0; part < i.vector; part++)
      if (i.places[part] != kNowhere) std::memcpy(warp.at<std::uint8_t>(i.places[part]) + lane * i.bytes, whole + part * i.bytes, i.bytes);
  });
}

}  // namespace machine
