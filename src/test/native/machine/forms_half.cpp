// Half and bfloat16 arithmetic, single and packed. Sums and products of narrow values are rounded
// from float (enough bits for one correct rounding), fma from a sticky double.
#include "environment.h"
#include "formats.h"
#include "forms.h"

namespace machine {

namespace {

template <class N> N narrow(float x);
template <> Half narrow(float x) { return x == x ? toHalf(x) : Half{kNarrowNan}; }
template <> Bf16 narrow(float x) { return toBf16(x); }

template <class N> N narrowExact(double x);
template <> Half narrowExact(double x) { return toHalf(x); }
template <> Bf16 narrowExact(double x) { return toBf16(x); }

template <class N> N fused(N a, N b, N c) { return narrowExact<N>(fmaSticky(value(a), value(b), value(c))); }
template <class N> N negated(N a) { return {static_cast<std::uint16_t>(a.bits ^ 0x8000)}; }
template <class N> N magnitude(N a) { return {static_cast<std::uint16_t>(a.bits & 0x7fff)}; }
template <class N> N relu(N a) { return value(a) > 0 ? a : value(a) == value(a) ? N{0} : N{kNarrowNan}; }
template <class N> N canonicalNarrow(N a) { return value(a) == value(a) ? a : N{kNarrowNan}; }
template <class N> bool nan(N a) { return value(a) != value(a); }
template <class N> N clamped(N a) { return value(a) > 0 ? (value(a) < 1 ? a : narrow<N>(1.0f)) : N{0}; }

// Two narrow values in one 32-bit register, applied to each half.
template <class N, class Op> struct Packed {
  static N low(U32 x) { return {static_cast<std::uint16_t>(x)}; }
  static N high(U32 x) { return {static_cast<std::uint16_t>(x >> 16)}; }
  static U32 pack(N l, N h) { return l.bits | static_cast<U32>(h.bits) << 16; }
  static U32 of(U32 a) { return pack(Op::of(low(a)), Op::of(high(a))); }
  static U32 of(U32 a, U32 b) { return pack(Op::of(low(a), low(b)), Op::of(high(a), high(b))); }
  static U32 of(U32 a, U32 b, U32 c) { return pack(Op::of(low(a), low(b), low(c)), Op::of(high(a), high(b), high(c))); }
};

#define NARROW1(name, ...)                                                                             \
  do {                                                                                                 \
    struct Op {                                                                                        \
      static N of(N a) { return __VA_ARGS__; }                                                         \
    };                                                                                                 \
    forms.add(name "." + type, {unary<N, N, Op>, {{2}, {2}}});                                         \
    forms.add(name "." + type + "x2", {unary<U32, U32, Packed<N, Op>>, {{4}, {4}}});                   \
  } while (0)

#define NARROW2(name, ...)                                                                             \
  do {                                                                                                 \
    struct Op {                                                                                        \
      static N of(N a, N b) { return __VA_ARGS__; }                                                    \
    };                                                                                                 \
    forms.add(name "." + type, {binary<N, N, N, Op>, {{2}, {2}, {2}}});                                \
    forms.add(name "." + type + "x2", {binary<U32, U32, U32, Packed<N, Op>>, {{4}, {4}, {4}}});        \
  } while (0)

#define NARROW3(name, ...)                                                                             \
  do {                                                                                                 \
    struct Op {                                                                                        \
      static N of(N a, N b, N c) { return __VA_ARGS__; }                                               \
    };                                                                                                 \
    forms.add(name "." + type, {ternary<N, N, N, N, Op>, {{2}, {2}, {2}, {2}}});                       \
    forms.add(name "." + type + "x2", {ternary<U32, U32, U32, U32, Packed<N, Op>>, {{4}, {4}, {4}, {4}}}); \
  } while (0)

template <class N> void narrowForms(Forms& forms, const std::string& type) {
  NARROW2("add", narrow<N>(value(a) + value(b)));
  NARROW2("sub", narrow<N>(value(a) - value(b)));
  NARROW2("mul", narrow<N>(value(a) * value(b)));
  NARROW3("fma", fused(a, b, c));
  NARROW3("fma.relu", relu(fused(a, b, c)));
  NARROW2("min", canonicalNarrow(smaller(a, b)));
  NARROW2("max", canonicalNarrow(larger(a, b)));
  NARROW2("min.NaN", nan(a) || nan(b) ? N{kNarrowNan} : smaller(a, b));
  NARROW2("max.NaN", nan(a) || nan(b) ? N{kNarrowNan} : larger(a, b));
  NARROW1("neg", negated(a));
  NARROW1("abs", magnitude(a));
  NARROW1("ex2.approx", narrow<N>(perturbed(std::exp2(value(a)))));
  NARROW1("tanh.approx", narrow<N>(perturbed(std::tanh(value(a)))));
}

// Only half has these.
void saturatingForms(Forms& forms, const std::string& type) {
  using N = Half;
  NARROW2("add.sat", clamped(narrow<N>(value(a) + value(b))));
  NARROW2("sub.sat", clamped(narrow<N>(value(a) - value(b))));
  NARROW2("mul.sat", clamped(narrow<N>(value(a) * value(b))));
  NARROW3("fma.sat", clamped(fused(a, b, c)));
}

}  // namespace

void addHalfForms(Forms& forms) {
  saturatingForms(forms, "f16");
  narrowForms<Half>(forms, "f16");
  narrowForms<Bf16>(forms, "bf16");
}

}  // namespace machine
