// cvt, comparisons and selections: every pair of types against a second, slower definition.
#include <cmath>
#include <limits>

#include "evaluate.h"

using namespace test;

TEST("convert_hardCases") {
  check({{"cvt.rni.s32.f32", "rr", 2, {F(2.5f)}}, {"cvt.rni.s32.f32", "rr", 4, {F(3.5f)}}, {"cvt.rzi.s32.f32", "rr", 0xfffffffe, {F(-2.9f)}}, {"cvt.rmi.s32.f32", "rr", 0xfffffffd, {F(-2.1f)}},
         {"cvt.rpi.s32.f32", "rr", 3, {F(2.1f)}}, {"cvt.rzi.s32.f32", "rr", 0x7fffffff, {F(3e9f)}}, {"cvt.rzi.s32.f32", "rr", 0x80000000, {kMinusInf}}, {"cvt.rzi.s32.f32", "rr", 0, {kQuiet}},
         {"cvt.rzi.u32.f32", "rr", 0, {F(-1)}}, {"cvt.rzi.u32.f32", "rr", 0xffffffff, {F(5e9f)}}, {"cvt.rzi.s64.f32", "dr", 1ull << 63, {F(-1e20f)}}, {"cvt.rzi.u64.f32", "dr", kAll, {F(1e20f)}},
         {"cvt.rzi.s16.f32", "hr", 0x7fff, {F(1e6f)}}, {"cvt.rzi.ftz.s32.f32", "rr", 0, {kTiny}}, {"cvt.rpi.s32.f32", "rr", 1, {kTiny}}, {"cvt.rpi.ftz.s32.f32", "rr", 0, {kTiny}},
         {"cvt.rni.f32.f32", "rr", F(2), {F(2.5f)}}, {"cvt.rmi.f32.f32", "rr", F(-3), {F(-2.5f)}}, {"cvt.rpi.f32.f32", "rr", kMinusZero, {F(-0.5f)}}, {"cvt.rzi.f32.f32", "rr", F(2), {F(2.9f)}},
         {"cvt.rni.f64.f64", "dd", D(2), {D(2.5)}}, {"cvt.sat.f32.f32", "rr", F(1), {F(2.5f)}}, {"cvt.sat.f32.f32", "rr", 0, {kQuiet}}, {"cvt.ftz.f32.f32", "rr", kMinusZero, {0x80000001}},
         {"cvt.f64.f32", "dr", D(1.5), {F(1.5f)}}, {"cvt.f64.f32", "dr", 0x36a0000000000000ull, {kTiny}}, {"cvt.rn.f32.f64", "rd", 0x3f800000, {0x3ff0000010000000ull}},
         {"cvt.rn.f32.f64", "rd", 0x3f800001, {0x3ff0000010000001ull}}, {"cvt.rz.f32.f64", "rd", 0x3f800000, {0x3ff000001fffffffull}}, {"cvt.rp.f32.f64", "rd", 0x3f800001, {0x3ff0000000000001ull}},
         {"cvt.rm.f32.f64", "rd", 0x3f800000, {0x3ff000001fffffffull}}, {"cvt.rn.f32.f64", "rd", kInf, {D(1e300)}}, {"cvt.rz.f32.f64", "rd", kMax, {D(1e300)}},
         {"cvt.rn.f32.s32", "rr", 0x4b800000, {0x01000001}}, {"cvt.rz.f32.s32", "rr", 0x4b800000, {0x01000001}}, {"cvt.rp.f32.s32", "rr", 0x4b800001, {0x01000001}},
         {"cvt.rn.f32.u64", "rd", 0x5f800000, {kAll}}, {"cvt.rz.f32.u64", "rd", 0x5f7fffff, {kAll}}, {"cvt.rn.f64.u64", "dd", 0x43f0000000000000ull, {kAll}}, {"cvt.rn.f64.s64", "dd", D(-1), {kAll}}});
  check({{"cvt.f32.f16", "rh", F(1), {0x3c00}}, {"cvt.f32.f16", "rh", F(5.9604645e-8f), {1}}, {"cvt.f32.f16", "rh", kInf, {0x7c00}}, {"cvt.f32.f16", "rh", kNan, {0x7e01}}, {"cvt.f32.bf16", "rh", F(-2), {0xc000}},
         {"cvt.rn.f16.f32", "hr", 0x3c00, {0x3f801000}}, {"cvt.rn.f16.f32", "hr", 0x3c01, {0x3f801001}}, {"cvt.rz.f16.f32", "hr", 0x3c00, {0x3f801fff}}, {"cvt.rp.f16.f32", "hr", 0x3c01, {0x3f800001}},
         {"cvt.rm.f16.f32", "hr", 0xbc01, {0xbf800001}}, {"cvt.rn.f16.f32", "hr", 0x7c00, {F(65520)}}, {"cvt.rn.f16.f32", "hr", 0x7bff, {F(65519)}}, {"cvt.rz.f16.f32", "hr", 0x7bff, {F(1e9f)}},
         {"cvt.rn.f16.f32", "hr", 1, {F(5.9604645e-8f)}}, {"cvt.rn.f16.f32", "hr", 0, {F(2.9802322e-8f)}}, {"cvt.rn.f16.f32", "hr", 0x7fff, {kQuiet}}, {"cvt.rn.f16.f64", "hd", 0x3c01, {0x3ff0020000000001ull}},
         {"cvt.rn.bf16.f32", "hr", 0x3f80, {0x3f808000}}, {"cvt.rn.bf16.f32", "hr", 0x3f82, {0x3f818000}}, {"cvt.rn.bf16.f32", "hr", 0x7fff, {kQuiet}}, {"cvt.rn.bf16.f32", "hr", 0x7f80, {kMax}},
         {"cvt.rz.bf16.f32", "hr", 0x7f7f, {kMax}}, {"cvt.rn.f16x2.f32", "rrr", 0x40003c00, {F(2), F(1)}}, {"cvt.rn.bf16x2.f32", "rrr", 0x40003f80, {F(2), F(1)}},
         {"cvt.rn.relu.f16x2.f32", "rrr", 0x00003c00, {F(-2), F(1)}}, {"cvt.rn.relu.bf16x2.f32", "rrr", 0x00003f80, {F(-2), F(1)}}, {"cvt.rz.f16x2.f32", "rrr", 0x3c003c00, {0x3f801fff, F(1)}},
         {"cvt.u32.u8", "rr", 0xff, {0x1ff}}, {"cvt.s32.s8", "rr", 0xffffffff, {0x1ff}}, {"cvt.u16.u8", "hr", 0xff, {0x1ff}}, {"cvt.s16.s8", "hh", 0xff80, {0x80}}, {"cvt.u8.u32", "rr", 0xff, {0x1ff}},
         {"cvt.s8.s32", "rr", 0xffffffff, {0x1ff}}, {"cvt.sat.u8.s32", "rr", 0, {0xffffffff}}, {"cvt.sat.u8.s32", "rr", 0xff, {300}}, {"cvt.sat.s16.s32", "hr", 0x8000, {0x80000000}},
         {"cvt.u64.u32", "dr", 0xffffffff, {0xffffffff}}, {"cvt.s64.s32", "dr", kAll, {0xffffffff}}, {"cvt.u32.u64", "rd", 1, {0x100000001ull}}, {"cvt.rn.f16.s32", "hr", 0x7c00, {70000}},
         {"cvt.rn.bf16.u16", "hh", 0x3f80, {1}}, {"cvt.rzi.s32.f16", "rh", 0xfffffffe, {0xc100}}, {"cvt.rzi.u8.f32", "rr", 0xff, {F(1e9f)}}});
}

namespace {

const std::vector<std::string> kInteger = {"u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"};

int bitsOf(const std::string& type) { return std::stoi(type.substr(type[0] == 'b' && type[1] == 'f' ? 2 : 1)); }
char registerFor(const std::string& type) { return bitsOf(type) <= 16 ? 'h' : bitsOf(type) == 32 ? 'r' : 'd'; }

__int128 widened(const std::string& type, std::uint64_t value) {
  const int bits = bitsOf(type);
  unsigned __int128 low = bits == 64 ? value : value & ((1ull << bits) - 1);
  if (type[0] == 's' && low >> (bits - 1) & 1) return static_cast<__int128>(low) - (static_cast<__int128>(1) << bits);
  return static_cast<__int128>(low);
}

std::uint64_t inRegister(const std::string& type, __int128 value) {
  const int bits = registerFor(type) == 'h' ? 16 : registerFor(type) == 'r' ? 32 : 64;
  return static_cast<std::uint64_t>(value) & (bits == 64 ? kAll : (1ull << bits) - 1);
}

}  // namespace

TEST("convert_integersToIntegers") {
  for (const std::string& from : kInteger)
    for (const std::string& to : kInteger)
      for (std::uint64_t value : {0x80ull, 0x8000ull, 0x80000000ull, 0xffffffffffffffffull}) {
        const std::string signature{registerFor(to), registerFor(from)};
        const __int128 plain = widened(to, static_cast<std::uint64_t>(widened(from, value)));
        expectEqual(inRegister(to, plain), evaluate("cvt." + to + "." + from, signature, {value}), to + "." + from);
      }
}

TEST("convert_integersAndFloats") {
  for (const std::string& type : kInteger)
    for (std::uint64_t value : {5ull, 0xfffffffffffffffbull}) {
      const double exact = static_cast<double>(widened(type, value));
      expectEqual(F(static_cast<float>(exact)), evaluate("cvt.rn.f32." + type, std::string{'r', registerFor(type)}, {value}), "f32." + type);
      if (bitsOf(type) < 64) expectEqual(D(exact), evaluate("cvt.rn.f64." + type, std::string{'d', registerFor(type)}, {value}), "f64." + type);
      if (std::fabs(exact) > 100) continue;
      const __int128 back = type[0] == 'u' && exact < 0 ? 0 : static_cast<__int128>(exact);
      expectEqual(inRegister(type, back), evaluate("cvt.rzi." + type + ".f32", std::string{registerFor(type), 'r'}, {F(static_cast<float>(exact))}), type + ".f32");
      expectEqual(inRegister(type, back), evaluate("cvt.rzi." + type + ".f64", std::string{registerFor(type), 'd'}, {D(exact)}), type + ".f64");
    }
}

TEST("compare_integers") {
  for (std::string type : {"u16", "s16", "u32", "s32", "u64", "s64", "b16", "b32", "b64"})
    for (std::string op : {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"}) {
      const bool equality = op == "eq" || op == "ne", unsignedName = op[0] == 'h' || op == "lo" || op == "ls";
      if ((type[0] == 'b' && !equality) || (unsignedName && type[0] != 'u')) continue;
      for (std::uint64_t a : {0ull, 1ull, kAll + 0ull})
        for (std::uint64_t b : {1ull, kAll + 0ull}) {
          const std::string as = type[0] == 'b' ? "u" + type.substr(1) : type;
          const __int128 x = widened(as, a), y = widened(as, b);
          const bool holds = op == "eq" ? x == y : op == "ne" ? x != y : op == "lt" || op == "lo" ? x < y : op == "le" || op == "ls" ? x <= y : op == "gt" || op == "hi" ? x > y : x >= y;
          const char kind = registerFor(type);
          expectEqual(std::uint64_t{holds}, evaluate("setp." + op + "." + type, std::string{'p', kind, kind}, {a, b}), op + "." + type);
        }
    }
}

TEST("compare_floats") {
  const std::vector<double> values = {-0.0, 0.0, 1.0, NAN, -INFINITY};
  auto holds = [](const std::string& op, double x, double y) {
    const bool unordered = std::isnan(x) || std::isnan(y);
    if (op == "num") return !unordered;
    if (op == "nan") return unordered;
    const std::string base = op.substr(0, 2);
    const bool ordered = base == "eq" ? x == y : base == "ne" ? x != y : base == "lt" ? x < y : base == "le" ? x <= y : base == "gt" ? x > y : x >= y;
    return unordered ? op.size() == 3 : ordered;
  };
  auto half = [](double x) -> std::uint64_t { return x == 1 ? 0x3c00 : std::isnan(x) ? 0x7e00 : std::isinf(x) ? 0xfc00 : std::signbit(x) ? 0x8000 : 0; };
  auto bf16 = [](double x) -> std::uint64_t { return F(static_cast<float>(x)) >> 16; };
  for (std::string op : {"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"})
    for (double x : values)
      for (double y : values) {
        const std::uint64_t expected = holds(op, x, y), a = F(static_cast<float>(x)), b = F(static_cast<float>(y));
        expectEqual(expected, evaluate("setp." + op + ".f32", "prr", {a, b}), op);
        if (x != 1.0) continue;
        expectEqual(expected, evaluate("setp." + op + ".f64", "pdd", {D(x), D(y)}), op);
        expectEqual(expected, evaluate("setp." + op + ".f16", "phh", {half(x), half(y)}), op);
        expectEqual(expected, evaluate("setp." + op + ".bf16", "phh", {bf16(x), bf16(y)}), op);
        expectEqual(expected ? F(1) : 0, evaluate("set." + op + ".f32.f32", "rrr", {a, b}), op);
        expectEqual(expected ? 0xffffffffull : 0, evaluate("set." + op + ".u32.f32", "rrr", {a, b}), op);
        expectEqual(expected ? 0xffffffffull : 0, evaluate("set." + op + ".s32.f32", "rrr", {a, b}), op);
      }
  check({{"setp.eq.ftz.f32", "prr", 1, {kTiny, 0}}, {"setp.eq.f32", "prr", 0, {kTiny, 0}}, {"setp.lt.and.f32", "prrp", 0, {F(1), F(2), 0}}, {"setp.lt.and.f32", "prrp", 1, {F(1), F(2), 1}},
         {"setp.lt.or.s32", "prrp", 1, {3, 2, 1}}, {"setp.lt.xor.s32", "prrp", 0, {1, 2, 1}}});
}

TEST("select_andPredicates") {
  const std::vector<std::pair<char, std::vector<std::string>>> types = {
      {'h', {"b16", "u16", "s16", "f16", "bf16"}}, {'r', {"b32", "u32", "s32", "f32"}}, {'d', {"b64", "u64", "s64", "f64"}}};
  for (const auto& [kind, names] : types)
    for (const std::string& type : names)
      for (std::uint64_t choice : {0, 1})
        expectEqual(choice ? 7 : 9, static_cast<int>(evaluate("selp." + type, std::string{kind, kind, kind, 'p'}, {7, 9, choice})), "selp." + type);
  check({{"and.pred", "ppp", 0, {1, 0}}, {"and.pred", "ppp", 1, {1, 1}}, {"or.pred", "ppp", 1, {1, 0}}, {"or.pred", "ppp", 0, {0, 0}}, {"xor.pred", "ppp", 0, {1, 1}}, {"xor.pred", "ppp", 1, {1, 0}},
         {"not.pred", "pp", 0, {1}}, {"mov.pred", "pp", 1, {1}}, {"mov.u16", "hh", 0xabcd, {0xabcd}}, {"mov.f32", "rr", 5, {5}}, {"mov.b32", "rr", 5, {5}}, {"mov.u64", "dd", kAll, {kAll}}});
}
