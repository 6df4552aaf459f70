// cvt. The direction of rounding comes from the environment; here only what is computed.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "convert.h"
#include "environment.h"
#include "formats.h"
#include "forms.h"

namespace machine {

namespace {

template <class T> constexpr bool isNarrow = std::is_same_v<T, Half> || std::is_same_v<T, Bf16>;
template <class T> constexpr bool isFloat = std::is_floating_point_v<T> || isNarrow<T>;

template <class D, class V> D toFloatFormat(V x) {
  const Rounding rounding = isNarrow<D> ? currentRounding() : Rounding::Nearest;
  const bool quick = rounding == Rounding::Nearest && sizeof(V) == sizeof(F32);  // a double would be rounded twice
  if constexpr (std::is_same_v<D, Half>) return quick ? toHalf(static_cast<F32>(x)) : toHalf(static_cast<F64>(x), rounding);
  else if constexpr (std::is_same_v<D, Bf16>) return quick ? toBf16(static_cast<F32>(x)) : toBf16(static_cast<F64>(x), rounding);
  else return canonical(static_cast<D>(x));
}

// Clamped to the range of D; NaN becomes 0. The bounds are powers of two, hence exact as floats.
template <class D, class V> D toInteger(V x) {
  if (x != x) return 0;
  x = std::nearbyint(x);
  const V above = std::ldexp(V(1), std::numeric_limits<D>::digits);
  const V lowest = static_cast<V>(std::numeric_limits<D>::min());
  if (x >= above) return std::numeric_limits<D>::max();
  return x <= lowest ? std::numeric_limits<D>::min() : static_cast<D>(x);
}

template <class D, class A> D clampInteger(A a) {
  using Limits = std::numeric_limits<D>;
  const __int128 wide = a, low = Limits::min(), high = Limits::max();
  return static_cast<D>(std::clamp(wide, low, high));
}

enum Extra : std::uint32_t { kSaturate = 1, kFlush = 2 };

template <class V> V flushedIf(V x, bool flush) { return flush ? flushed(x) : x; }

template <bool Integral, class D, class A> D converted(A a, std::uint32_t extra) {
  [[maybe_unused]] const bool saturate = extra & kSaturate, flush = extra & kFlush;
  if constexpr (!isFloat<D> && !isFloat<A>) {
    return saturate ? clampInteger<D>(a) : static_cast<D>(a);
  } else if constexpr (!isFloat<D>) {
    return toInteger<D>(flushedIf(value(a), flush));
  } else if constexpr (!isFloat<A>) {
    // Integers go to narrow formats through double: exact up to 53 bits, more than they can tell apart.
    if constexpr (std::is_same_v<D, Half>) return toHalf(static_cast<F64>(a), currentRounding());
    else if constexpr (std::is_same_v<D, Bf16>) return toBf16(static_cast<F64>(a), currentRounding());
    else return static_cast<D>(a);
  } else {
    auto x = flushedIf(value(a), flush);
    if constexpr (Integral) x = std::nearbyint(x);
    if (saturate) x = x > 0 ? (x < 1 ? x : decltype(x)(1)) : decltype(x)(0);
    return toFloatFormat<D>(x);
  }
}

void store(std::uint8_t* to, const void* from, std::size_t bytes, int width, bool extendSign) {
  const auto* value = static_cast<const std::uint8_t*>(from);
  std::uint8_t fill = extendSign && (value[bytes - 1] & 0x80) ? 0xff : 0;
  for (int byte = 0; byte < width; byte++) to[byte] = static_cast<std::size_t>(byte) < bytes ? value[byte] : fill;
}

template <bool Integral, class D, class A> void convert(Warp& warp, const Instruction& i) {
  const std::uint32_t extra = i.mode;
  if (i.width == sizeof(D) && i.sourceWidth == sizeof(A)) {
    D* d = warp.at<D>(i.d);
    const A* a = warp.at<A>(i.a);
    if (extra) forLanes(warp.active, [=](int lane) { d[lane] = converted<Integral, D>(a[lane], extra); });
    else forLanes(warp.active, [=](int lane) { d[lane] = converted<Integral, D>(a[lane], 0); });
    return;
  }
  std::uint8_t* d = warp.at<std::uint8_t>(i.d);
  const std::uint8_t* a = warp.at<std::uint8_t>(i.a);
  forLanes(warp.active, [=](int lane) {
    A from;
    std::memcpy(&from, a + lane * i.sourceWidth, sizeof from);
    D to = converted<Integral, D>(from, extra);
    store(d + lane * i.width, &to, sizeof to, i.width, std::is_signed_v<D> && !isFloat<D>);
  });
}

template <class D, class A> void add(Conversions& table, const char* to, const char* from) {
  table[std::string(to) + "." + from] = {convert<false, D, A>, convert<true, D, A>, sizeof(D), sizeof(A)};
}

template <class D> void addFrom(Conversions& table, const char* to) {
  add<D, U8>(table, to, "u8"), add<D, S8>(table, to, "s8"), add<D, U16>(table, to, "u16"), add<D, S16>(table, to, "s16");
  add<D, U32>(table, to, "u32"), add<D, S32>(table, to, "s32"), add<D, U64>(table, to, "u64"), add<D, S64>(table, to, "s64");
  add<D, F32>(table, to, "f32"), add<D, F64>(table, to, "f64"), add<D, Half>(table, to, "f16"), add<D, Bf16>(table, to, "bf16");
}

// cvt.rn.f16x2.f32 d, a, b: a goes to the upper half.
template <class N, bool Relu> void pack(Warp& warp, const Instruction& i) {
  U32* d = warp.at<U32>(i.d);
  const F32* a = warp.at<F32>(i.a);
  const F32* b = warp.at<F32>(i.b);
  auto one = [](F32 x) { return U32{toFloatFormat<N>(Relu && x < 0 ? 0.0f : x).bits}; };
  forLanes(warp.active, [=](int lane) { d[lane] = one(b[lane]) | one(a[lane]) << 16; });
}

}  // namespace

const Conversions& conversions() {
  static const Conversions table = [] {
    Conversions made;
    addFrom<U8>(made, "u8"), addFrom<S8>(made, "s8"), addFrom<U16>(made, "u16"), addFrom<S16>(made, "s16");
    addFrom<U32>(made, "u32"), addFrom<S32>(made, "s32"), addFrom<U64>(made, "u64"), addFrom<S64>(made, "s64");
    addFrom<F32>(made, "f32"), addFrom<F64>(made, "f64"), addFrom<Half>(made, "f16"), addFrom<Bf16>(made, "bf16");
    return made;
  }();
  return table;
}

void addConversionForms(Forms& forms) {
  const std::vector<Type> types = {{4}, {4}, {4}};
  forms.add("cvt.f16x2.f32", {pack<Half, false>, types});
  forms.add("cvt.bf16x2.f32", {pack<Bf16, false>, types});
  forms.add("cvt.relu.f16x2.f32", {pack<Half, true>, types});
  forms.add("cvt.relu.bf16x2.f32", {pack<Bf16, true>, types});
}

}  // namespace machine
