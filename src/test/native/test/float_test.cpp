// Floating point: rounding directions, denormals with and without .ftz, NaN, saturation.
#include <cmath>

#include "evaluate.h"

using namespace test;

namespace {
const std::uint64_t kOneUp = 0x3f800001, kOne = 0x3f800000, kMinusOne = 0xbf800000;
const std::uint64_t kHalfUlp = 0x33800000;         // 2^-24, half a unit of 1
const std::uint64_t kDoubleHalfUlp = 0x3ca0000000000000ull;  // 2^-53
const std::uint64_t kDoubleOne = 0x3ff0000000000000ull;
}  // namespace

TEST("float_addRounds") {
  check({{"add.f32", "rrr", kOne, {kOne, kHalfUlp}}, {"add.rn.f32", "rrr", kOne, {kOne, kHalfUlp}}, {"add.rz.f32", "rrr", kOne, {kOne, kHalfUlp}}, {"add.rm.f32", "rrr", kOne, {kOne, kHalfUlp}},
         {"add.rp.f32", "rrr", kOneUp, {kOne, kHalfUlp}}, {"add.f32", "rrr", kNan, {kQuiet, kOne}}, {"add.f32", "rrr", kNan, {kInf, kMinusInf}}, {"add.f32", "rrr", kInf, {kMax, kMax}},
         {"add.rz.f32", "rrr", kMax, {kMax, kMax}}, {"add.f32", "rrr", 2, {kTiny, kTiny}}, {"add.ftz.f32", "rrr", 0, {kTiny, kTiny}}, {"add.rn.ftz.f32", "rrr", kOne, {kOne, 0x007fffff}},
         {"add.sat.f32", "rrr", kOne, {kOne, kOne}}, {"add.sat.f32", "rrr", 0, {kMinusOne, 0}}, {"add.sat.f32", "rrr", 0, {kQuiet, 0}}, {"add.f32", "rrr", 0, {0, kMinusZero}},
         {"add.rm.f32", "rrr", kMinusZero, {kOne, kMinusOne}}, {"add.f64", "ddd", kDoubleOne, {kDoubleOne, kDoubleHalfUlp}}, {"add.rp.f64", "ddd", kDoubleOne + 1, {kDoubleOne, kDoubleHalfUlp}},
         {"add.rn.f64", "ddd", 2, {1, 1}}, {"sub.f32", "rrr", kNan, {kInf, kInf}}, {"sub.rm.f32", "rrr", 0x3f7fffff, {kOne, 0x33000000}}, {"sub.f64", "ddd", D(0.5), {D(2), D(1.5)}},
         {"sub.rz.f64", "ddd", kDoubleOne - 1, {kDoubleOne, 1}}, {"sub.ftz.f32", "rrr", 0, {0x00800001, 0x00800000}}});
}

TEST("float_multiplyAndFma") {
  check({{"mul.f32", "rrr", F(6), {F(2), F(3)}}, {"mul.f32", "rrr", kNan, {0, kInf}}, {"mul.rz.f32", "rrr", kMax, {kMax, F(2)}}, {"mul.rp.f32", "rrr", 1, {0x00800000, 0x00800000}},
         {"mul.f32", "rrr", 0, {0x00800000, 0x00800000}}, {"mul.ftz.f32", "rrr", kMinusZero, {0x00800000, F(-0.5f)}}, {"mul.sat.f32", "rrr", kOne, {F(2), F(3)}}, {"mul.f64", "ddd", D(6), {D(2), D(3)}},
         {"mul.rn.f64", "ddd", D(INFINITY), {D(1e308), D(10)}}, {"mul.rz.f64", "ddd", 0x7fefffffffffffffull, {D(1e308), D(10)}}, {"fma.rn.f32", "rrrr", 0x28800000, {kOneUp, kOneUp, F(-1.00000024f)}},
         {"fma.rz.f32", "rrrr", kOne, {kOne, kOne, kHalfUlp}}, {"fma.rp.f32", "rrrr", kOneUp, {kOne, kOne, kHalfUlp}}, {"fma.rm.f32", "rrrr", kOne, {kOne, kOne, kHalfUlp}},
         {"fma.rn.f32", "rrrr", kNan, {kInf, 0, kOne}}, {"fma.rn.sat.f32", "rrrr", 0, {kOne, kMinusOne, 0}}, {"fma.rn.ftz.f32", "rrrr", kOne, {kTiny, kMax, kOne}}, {"fma.rn.f64", "dddd", D(10), {D(2), D(3), D(4)}},
         {"fma.rp.f64", "dddd", kDoubleOne + 1, {kDoubleOne, kDoubleOne, kDoubleHalfUlp}}, {"mad.rn.f32", "rrrr", F(10), {F(2), F(3), F(4)}}, {"mad.rn.f64", "dddd", D(10), {D(2), D(3), D(4)}}});
}

TEST("float_divideAndRoots") {
  check({{"div.rn.f32", "rrr", 0x3eaaaaab, {kOne, F(3)}}, {"div.rz.f32", "rrr", 0x3eaaaaaa, {kOne, F(3)}}, {"div.rp.f32", "rrr", 0x3eaaaaab, {kOne, F(3)}}, {"div.rm.f32", "rrr", 0x3eaaaaaa, {kOne, F(3)}},
         {"div.rn.f32", "rrr", kInf, {kOne, 0}}, {"div.rn.f32", "rrr", kMinusInf, {kOne, kMinusZero}}, {"div.rn.f32", "rrr", kNan, {0, 0}}, {"div.rn.ftz.f32", "rrr", 0, {0x00800000, F(2)}},
         {"div.rn.f64", "ddd", 0x3fd5555555555555ull, {D(1), D(3)}}, {"div.rp.f64", "ddd", 0x3fd5555555555556ull, {D(1), D(3)}}, {"div.approx.f32", "rrr", F(2.5f), {F(5), F(2)}},
         {"div.full.f32", "rrr", F(2.5f), {F(5), F(2)}}, {"div.approx.ftz.f32", "rrr", kInf, {kOne, kTiny}}, {"rcp.rn.f32", "rr", F(0.25f), {F(4)}}, {"rcp.rz.f32", "rr", 0x3eaaaaaa, {F(3)}},
         {"rcp.rn.f64", "dd", D(0.25), {D(4)}}, {"rcp.approx.f32", "rr", F(0.25f), {F(4)}}, {"rcp.approx.ftz.f32", "rr", kInf, {kTiny}}, {"rcp.approx.ftz.f64", "dd", D(0.5), {D(2)}},
         {"sqrt.rn.f32", "rr", 0x3fb504f3, {F(2)}}, {"sqrt.rp.f32", "rr", 0x3fb504f4, {F(2)}}, {"sqrt.rn.f32", "rr", kNan, {kMinusOne}}, {"sqrt.rn.f32", "rr", kMinusZero, {kMinusZero}},
         {"sqrt.rn.f64", "dd", D(std::sqrt(2.0)), {D(2)}}, {"sqrt.approx.f32", "rr", F(3), {F(9)}}, {"sqrt.approx.ftz.f32", "rr", 0, {kTiny}}, {"rsqrt.approx.f32", "rr", F(0.5f), {F(4)}},
         {"rsqrt.approx.f32", "rr", kInf, {0}}, {"rsqrt.approx.ftz.f32", "rr", kInf, {kTiny}}, {"rsqrt.approx.f32", "rr", kNan, {kMinusOne}}, {"rsqrt.approx.f64", "dd", D(0.5), {D(4)}}});
}

TEST("float_approximateFunctions") {
  check({{"ex2.approx.f32", "rr", F(8), {F(3)}}, {"ex2.approx.ftz.f32", "rr", 0, {F(-149)}}, {"ex2.approx.f32", "rr", kTiny, {F(-149)}}, {"ex2.approx.f32", "rr", kInf, {F(128)}},
         {"ex2.approx.f32", "rr", 0, {kMinusInf}}, {"ex2.approx.f32", "rr", kNan, {kQuiet}}, {"lg2.approx.f32", "rr", F(3), {F(8)}}, {"lg2.approx.f32", "rr", kMinusInf, {0}},
         {"lg2.approx.ftz.f32", "rr", kMinusInf, {kTiny}}, {"lg2.approx.f32", "rr", kNan, {kMinusOne}}, {"sin.approx.f32", "rr", 0, {0}}, {"cos.approx.f32", "rr", kOne, {0}},
         {"tanh.approx.f32", "rr", kOne, {kInf}}, {"sin.approx.f32", "rr", kNan, {kInf}}});
}

TEST("float_minimumMaximum") {
  check({{"min.f32", "rrr", kOne, {kOne, kQuiet}}, {"max.f32", "rrr", kOne, {kQuiet, kOne}}, {"min.f32", "rrr", kNan, {kQuiet, kQuiet}}, {"min.f32", "rrr", kMinusZero, {0, kMinusZero}},
         {"max.f32", "rrr", 0, {kMinusZero, 0}}, {"max.f32", "rrr", kInf, {kInf, kMax}}, {"min.ftz.f32", "rrr", 0, {kTiny, kOne}}, {"max.ftz.f32", "rrr", 0, {kTiny, kMinusOne}},
         {"min.f32", "rrr", kTiny, {kTiny, kOne}}, {"min.NaN.f32", "rrr", kNan, {kOne, kQuiet}}, {"max.NaN.f32", "rrr", kNan, {kQuiet, kOne}}, {"max.NaN.f32", "rrr", F(2), {F(2), kOne}},
         {"min.f64", "ddd", D(1), {D(NAN), D(1)}}, {"max.f64", "ddd", D(2), {D(2), D(1)}}, {"neg.f32", "rr", kMinusZero, {0}}, {"neg.f32", "rr", 0x80000001, {kTiny}},
         {"neg.ftz.f32", "rr", kMinusZero, {kTiny}}, {"neg.f64", "dd", D(-2), {D(2)}}, {"abs.f32", "rr", kInf, {kMinusInf}}, {"abs.ftz.f32", "rr", 0, {0x80000001}}, {"abs.f64", "dd", D(2), {D(-2)}},
         {"copysign.f32", "rrr", F(2), {kOne, F(-2)}}, {"copysign.f32", "rrr", F(-2), {kMinusZero, F(2)}}, {"copysign.f64", "ddd", D(-2), {D(-1), D(2)}}});
}

TEST("half_arithmetic") {
  // 0x3c00 is 1, 0x3c01 the next; 0x1000 is 2^-11, half a unit of 1; 0x7bff the largest.
  check({{"add.f16", "hhh", 0x3c00, {0x3c00, 0x1000}}, {"add.f16", "hhh", 0x3c02, {0x3c01, 0x1000}}, {"add.f16", "hhh", 0x7c00, {0x7bff, 0x7bff}}, {"add.f16", "hhh", 0x7fff, {0x7c00, 0xfc00}},
         {"add.rn.f16", "hhh", 2, {1, 1}}, {"sub.f16", "hhh", 0, {0x3c00, 0x3c00}}, {"mul.f16", "hhh", 0x4600, {0x4000, 0x4200}}, {"mul.f16", "hhh", 0, {1, 1}},
         {"fma.rn.f16", "hhhh", 0x3c01, {0x3c00, 0x1001, 0x3c00}}, {"fma.rn.f16", "hhhh", 0x4900, {0x4000, 0x4200, 0x4400}}, {"add.sat.f16", "hhh", 0x3c00, {0x3c00, 0x3c00}},
         {"sub.sat.f16", "hhh", 0, {0x3c00, 0x4000}}, {"mul.sat.f16", "hhh", 0x3c00, {0x4000, 0x4000}}, {"fma.rn.sat.f16", "hhhh", 0x3c00, {0x4000, 0x4000, 0}}, {"fma.rn.relu.f16", "hhhh", 0, {0x3c00, 0xbc00, 0}},
         {"min.f16", "hhh", 0x3c00, {0x3c00, 0x7e00}}, {"max.f16", "hhh", 0, {0x8000, 0}}, {"min.NaN.f16", "hhh", 0x7fff, {0x3c00, 0x7e00}}, {"max.NaN.f16", "hhh", 0x7fff, {0x7e00, 0x3c00}},
         {"neg.f16", "hh", 0xbc00, {0x3c00}}, {"abs.f16", "hh", 0x3c00, {0xbc00}}, {"ex2.approx.f16", "hh", 0x4000, {0x3c00}}, {"tanh.approx.f16", "hh", 0x3c00, {0x7c00}}});
  check({{"add.f16x2", "rrr", 0x44004200, {0x40003c00, 0x40004000}}, {"sub.f16x2", "rrr", 0x0000bc00, {0x40003c00, 0x40004000}}, {"mul.f16x2", "rrr", 0x44004000, {0x40003c00, 0x40004000}},
         {"fma.rn.f16x2", "rrrr", 0x45004200, {0x40003c00, 0x40004000, 0x3c003c00}}, {"fma.rn.relu.f16x2", "rrrr", 0x00004200, {0xc0003c00, 0x40004000, 0x3c003c00}},
         {"fma.rn.sat.f16x2", "rrrr", 0x3c003c00, {0x40003c00, 0x40004000, 0x3c003c00}}, {"min.f16x2", "rrr", 0x3c003c00, {0x3c007e00, 0x40003c00}}, {"max.f16x2", "rrr", 0x40003c00, {0x3c007e00, 0x40003c00}},
         {"min.NaN.f16x2", "rrr", 0x3c007fff, {0x3c007e00, 0x40003c00}}, {"max.NaN.f16x2", "rrr", 0x40007fff, {0x3c007e00, 0x40003c00}}, {"neg.f16x2", "rr", 0x3c00bc00, {0xbc003c00}},
         {"abs.f16x2", "rr", 0x3c003c00, {0xbc003c00}}, {"add.sat.f16x2", "rrr", 0x3c000000, {0x3c00bc00, 0x3c000000}}, {"sub.sat.f16x2", "rrr", 0x3c000000, {0x3c00bc00, 0}},
         {"mul.sat.f16x2", "rrr", 0x3c000000, {0x4000bc00, 0x40003c00}}, {"ex2.approx.f16x2", "rr", 0x40003c00, {0x3c000000}}, {"tanh.approx.f16x2", "rr", 0x3c000000, {0x7c000000}}});
}

TEST("bf16_arithmetic") {
  // 0x3f80 is 1; 0x3b80 is 2^-8, half a unit of 1.
  check({{"add.bf16", "hhh", 0x3f80, {0x3f80, 0x3b80}}, {"add.rn.bf16", "hhh", 0x3f82, {0x3f81, 0x3b80}}, {"sub.bf16", "hhh", 0x7fff, {0x7f80, 0x7f80}}, {"mul.bf16", "hhh", 0x40c0, {0x4000, 0x4040}},
         {"fma.rn.bf16", "hhhh", 0x3f81, {0x3f80, 0x3b81, 0x3f80}}, {"fma.rn.bf16", "hhhh", 0x3f80, {0x3f80, 0x3b80, 0x3f80}}, {"fma.rn.relu.bf16", "hhhh", 0, {0x3f80, 0xbf80, 0}},
         {"min.bf16", "hhh", 0x3f80, {0x3f80, 0x7fc0}}, {"max.bf16", "hhh", 0x4000, {0x3f80, 0x4000}}, {"min.NaN.bf16", "hhh", 0x7fff, {0x3f80, 0x7fc0}}, {"max.NaN.bf16", "hhh", 0x7fff, {0x3f80, 0x7fc0}},
         {"neg.bf16", "hh", 0xbf80, {0x3f80}}, {"abs.bf16", "hh", 0x3f80, {0xbf80}}, {"ex2.approx.ftz.bf16", "hh", 0x4000, {0x3f80}}, {"tanh.approx.bf16", "hh", 0x3f80, {0x7f80}}, {"ex2.approx.ftz.bf16x2", "rr", 0x40003f80, {0x3f800000}}, {"tanh.approx.bf16x2", "rr", 0x3f800000, {0x7f800000}},
         {"add.bf16x2", "rrr", 0x40004040, {0x3f803f80, 0x3f804000}}, {"sub.bf16x2", "rrr", 0x0000bf80, {0x3f803f80, 0x3f804000}}, {"mul.bf16x2", "rrr", 0x40004080, {0x3f804000, 0x40004000}},
         {"fma.rn.bf16x2", "rrrr", 0x40404040, {0x3f803f80, 0x40004000, 0x3f803f80}}, {"fma.rn.relu.bf16x2", "rrrr", 0x00004040, {0xbf803f80, 0x40804000, 0x3f803f80}},
         {"min.bf16x2", "rrr", 0x3f803f80, {0x3f804000, 0x40003f80}}, {"max.bf16x2", "rrr", 0x40004000, {0x3f804000, 0x40003f80}}, {"min.NaN.bf16x2", "rrr", 0x3f807fff, {0x3f807fc0, 0x40003f80}},
         {"max.NaN.bf16x2", "rrr", 0x40007fff, {0x3f807fc0, 0x40003f80}}, {"neg.bf16x2", "rr", 0x3f80bf80, {0xbf803f80}}, {"abs.bf16x2", "rr", 0x3f803f80, {0xbf803f80}}});
}
