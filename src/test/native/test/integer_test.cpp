// Integer arithmetic, logic, fields: wrapping, extremes, division by zero, clamped shifts.
#include "evaluate.h"

using namespace test;

TEST("integer_addSubtractWraps") {
  check({{"add.s32", "rrr", 0x80000000, {0x7fffffff, 1}}, {"add.u32", "rrr", 0, {0xffffffff, 1}}, {"add.s64", "ddd", 1ull << 63, {kAll >> 1, 1}},
         {"add.u64", "ddd", 0, {kAll, 1}}, {"add.s16", "hhh", 0x8000, {0x7fff, 1}}, {"add.u16", "hhh", 0, {0xffff, 1}},
         {"sub.s32", "rrr", 0x7fffffff, {0x80000000, 1}}, {"sub.u32", "rrr", 0xffffffff, {0, 1}}, {"sub.s64", "ddd", kAll, {0, 1}},
         {"sub.u64", "ddd", kAll, {0, 1}}, {"sub.s16", "hhh", 0xffff, {0, 1}}, {"sub.u16", "hhh", 0xfffe, {1, 3}},
         {"add.sat.s32", "rrr", 0x7fffffff, {0x7fffffff, 1}}, {"add.sat.s32", "rrr", 0x80000000, {0x80000000, 0xffffffff}},
         {"sub.sat.s32", "rrr", 0x80000000, {0x80000000, 1}}});
}

TEST("integer_multiply") {
  check({{"mul.lo.s32", "rrr", 1, {0xffffffff, 0xffffffff}}, {"mul.lo.u32", "rrr", 0xfffffffe, {0xffffffff, 2}}, {"mul.lo.s64", "ddd", 1, {kAll, kAll}},
         {"mul.lo.u64", "ddd", kAll - 1, {kAll, 2}}, {"mul.lo.s16", "hhh", 1, {0xffff, 0xffff}}, {"mul.lo.u16", "hhh", 0xfffe, {0xffff, 2}},
         {"mul.hi.s32", "rrr", 0x3fffffff, {0x7fffffff, 0x7fffffff}}, {"mul.hi.s32", "rrr", 0x40000000, {0x80000000, 0x80000000}},
         {"mul.hi.u32", "rrr", 0xfffffffe, {0xffffffff, 0xffffffff}}, {"mul.hi.s64", "ddd", 0, {kAll, kAll}}, {"mul.hi.u64", "ddd", kAll - 1, {kAll, kAll}},
         {"mul.hi.s16", "hhh", 0x4000, {0x8000, 0x8000}}, {"mul.hi.u16", "hhh", 0xfffe, {0xffff, 0xffff}},
         {"mul.wide.s32", "drr", 1ull << 62, {0x80000000, 0x80000000}}, {"mul.wide.u32", "drr", 0xfffffffe00000001ull, {0xffffffff, 0xffffffff}},
         {"mul.wide.s16", "rhh", 0x40000000, {0x8000, 0x8000}}, {"mul.wide.u16", "rhh", 0xfffe0001, {0xffff, 0xffff}},
         {"mul24.lo.u32", "rrr", 0xfffffe, {0xff7fffff, 0x2}}, {"mad.lo.s32", "rrrr", 7, {0xffffffff, 0xffffffff, 6}}, {"mad.lo.u32", "rrrr", 26, {4, 5, 6}},
         {"mad.lo.s64", "dddd", 26, {4, 5, 6}}, {"mad.lo.u64", "dddd", 5, {kAll, 1, 6}}, {"mad.lo.s16", "hhhh", 26, {4, 5, 6}},
         {"mad.lo.u16", "hhhh", 5, {0xffff, 1, 6}}, {"mad.hi.s32", "rrrr", 0x40000001, {0x80000000, 0x80000000, 1}},
         {"mad.hi.u32", "rrrr", 0xffffffff, {0xffffffff, 0xffffffff, 1}}, {"mad.hi.s64", "dddd", 5, {kAll, kAll, 5}},
         {"mad.hi.u64", "dddd", kAll, {kAll, kAll, 1}}, {"mad.hi.s16", "hhhh", 0x4001, {0x8000, 0x8000, 1}}, {"mad.hi.u16", "hhhh", 0xffff, {0xffff, 0xffff, 1}},
         {"mad.wide.s32", "drrd", kAll, {0xffffffff, 2, 1}}, {"mad.wide.u32", "drrd", 0x1ffffffffull, {0xffffffff, 2, 1}},
         {"mad.wide.s16", "rhhr", 0xffffffff, {0xffff, 2, 1}}, {"mad.wide.u16", "rhhr", 0x1ffff, {0xffff, 2, 1}}});
}

TEST("integer_divide") {
  check({{"div.s32", "rrr", 0xfffffffd, {0xfffffff9, 2}}, {"div.s32", "rrr", 0x80000000, {0x80000000, 0xffffffff}}, {"div.u32", "rrr", 0x7fffffff, {0xffffffff, 2}},
         {"div.u32", "rrr", 0xffffffff, {7, 0}}, {"div.s64", "ddd", 1ull << 63, {1ull << 63, kAll}}, {"div.u64", "ddd", kAll >> 1, {kAll, 2}},
         {"div.s16", "hhh", 0xfffd, {0xfff9, 2}}, {"div.u16", "hhh", 0x7fff, {0xffff, 2}}, {"rem.s32", "rrr", 0xffffffff, {0xfffffff9, 2}},
         {"rem.s32", "rrr", 0, {0x80000000, 0xffffffff}}, {"rem.u32", "rrr", 1, {0xffffffff, 2}}, {"rem.s64", "ddd", kAll, {kAll - 6, 2}},
         {"rem.u64", "ddd", 1, {kAll, 2}}, {"rem.s16", "hhh", 0xffff, {0xfff9, 2}}, {"rem.u16", "hhh", 1, {0xffff, 2}}});
}

TEST("integer_minimumAndSigns") {
  check({{"min.s32", "rrr", 0x80000000, {0x80000000, 1}}, {"min.u32", "rrr", 1, {0x80000000, 1}}, {"min.s64", "ddd", kAll, {kAll, 1}}, {"min.u64", "ddd", 1, {kAll, 1}},
         {"min.s16", "hhh", 0x8000, {0x8000, 1}}, {"min.u16", "hhh", 1, {0x8000, 1}}, {"max.s32", "rrr", 1, {0x80000000, 1}}, {"max.u32", "rrr", 0x80000000, {0x80000000, 1}},
         {"max.s64", "ddd", 1, {kAll, 1}}, {"max.u64", "ddd", kAll, {kAll, 1}}, {"max.s16", "hhh", 1, {0x8000, 1}}, {"max.u16", "hhh", 0x8000, {0x8000, 1}},
         {"neg.s32", "rr", 0x80000000, {0x80000000}}, {"neg.s64", "dd", kAll, {1}}, {"neg.s16", "hh", 0xffff, {1}}, {"abs.s32", "rr", 5, {0xfffffffb}},
         {"abs.s32", "rr", 0x80000000, {0x80000000}}, {"abs.s64", "dd", 1, {kAll}}, {"abs.s16", "hh", 1, {0xffff}}, {"sad.s32", "rrrr", 0xffffffff, {0x80000000, 0x7fffffff, 0}},
         {"sad.u32", "rrrr", 8, {3, 10, 1}}, {"sad.s16", "hhhh", 8, {3, 10, 1}}, {"sad.u16", "hhhh", 8, {10, 3, 1}}, {"sad.s64", "dddd", 8, {3, 10, 1}},
         {"sad.u64", "dddd", 8, {10, 3, 1}}, {"dp4a.u32.u32", "rrrr", 0xff * 4 + 1, {0xffffffff, 0x01010101, 1}},
         {"dp4a.s32.s32", "rrrr", 0xfffffffd, {0xffffffff, 0x01010101, 1}}});
}

TEST("bits_logicAndShifts") {
  check({{"and.b16", "hhh", 0x0f00, {0xff00, 0x0fff}}, {"and.b32", "rrr", 0x0f00, {0xff00, 0x0fff}}, {"and.b64", "ddd", 0xff, {kAll, 0xff}}, {"or.b16", "hhh", 0xffff, {0xff00, 0x00ff}},
         {"or.b32", "rrr", 0xff0f, {0xff00, 0x0f}}, {"or.b64", "ddd", kAll, {kAll, 0}}, {"xor.b16", "hhh", 0xf0ff, {0xff00, 0x0fff}}, {"xor.b32", "rrr", 0xffffff00, {kAll, 0xff}},
         {"xor.b64", "ddd", kAll - 255, {kAll, 255}}, {"not.b16", "hh", 0xfffe, {1}}, {"not.b32", "rr", 0xfffffffe, {1}}, {"not.b64", "dd", kAll - 1, {1}}, {"cnot.b16", "hh", 1, {0}},
         {"cnot.b32", "rr", 0, {7}}, {"cnot.b64", "dd", 1, {0}}, {"shl.b16", "hhr", 0x8000, {1, 15}}, {"shl.b32", "rrr", 0x80000000, {1, 31}}, {"shl.b32", "rrr", 0, {1, 32}},
         {"shl.b64", "ddr", 1ull << 63, {1, 63}}, {"shl.b64", "ddr", 0, {1, 64}}, {"shl.b32", "rrr", 0, {0xffffffff, 0xffffffff}}, {"shr.s32", "rrr", 0xffffffff, {0x80000000, 31}},
         {"shr.s32", "rrr", 0xffffffff, {0x80000000, 99}}, {"shr.u32", "rrr", 1, {0x80000000, 31}}, {"shr.u32", "rrr", 0, {0x80000000, 32}}, {"shr.b32", "rrr", 1, {0x80000000, 31}},
         {"shr.s64", "ddr", kAll, {1ull << 63, 64}}, {"shr.u64", "ddr", 1, {1ull << 63, 63}}, {"shr.b64", "ddr", 0, {kAll, 64}}, {"shr.s16", "hhr", 0xffff, {0x8000, 16}},
         {"shr.u16", "hhr", 1, {0x8000, 15}}, {"shr.b16", "hhr", 0, {0x8000, 16}}, {"lop3.b32", "rrrrx", 0x96, {0xf0, 0xcc, 0xaa, 0x96}},
         {"shf.l.wrap.b32", "rrrr", 0x23456789, {0x9abcdef0, 0x12345678, 4 + 32}}, {"shf.r.wrap.b32", "rrrr", 0x89abcdef, {0x9abcdef0, 0x12345678, 4 + 32}},
         {"shf.l.clamp.b32", "rrrr", 0x9abcdef0, {0x9abcdef0, 0x12345678, 40}}, {"shf.r.clamp.b32", "rrrr", 0x12345678, {0x9abcdef0, 0x12345678, 40}}});
}

TEST("bits_countsAndFields") {
  check({{"popc.b32", "rr", 32, {0xffffffff}}, {"popc.b64", "rd", 64, {kAll}}, {"clz.b32", "rr", 32, {0}}, {"clz.b32", "rr", 0, {0x80000000}}, {"clz.b64", "rd", 63, {1}},
         {"clz.b64", "rd", 64, {0}}, {"brev.b32", "rr", 0x80000000, {1}}, {"brev.b64", "dd", 1ull << 63, {1}}, {"bfind.u32", "rr", 31, {0x80000000}}, {"bfind.u32", "rr", 0xffffffff, {0}},
         {"bfind.s32", "rr", 0xffffffff, {0xffffffff}}, {"bfind.s32", "rr", 30, {0x80000000}}, {"bfind.u64", "rd", 40, {1ull << 40}}, {"bfind.s64", "rd", 62, {1ull << 63}},
         {"bfind.shiftamt.u32", "rr", 31, {1}}, {"bfind.shiftamt.s32", "rr", 1, {0x80000000}}, {"bfind.shiftamt.u64", "rd", 63, {1}}, {"bfind.shiftamt.s64", "rd", 1, {1ull << 63}},
         {"bfi.b32", "rrrrr", 0xff3f, {0x3, 0xff0f, 4, 4}}, {"bfi.b32", "rrrrr", 7, {0xff, 7, 3, 0}}, {"bfi.b64", "dddrr", 0x500000004ull, {5, 4, 32, 32}},
         {"bfi.b64", "dddrr", 9, {5, 9, 64, 3}}, {"bfe.u32", "rrrr", 0xd, {0xabcd, 0, 4}}, {"bfe.s32", "rrrr", 0xfffffffd, {0xabcd, 0, 4}}, {"bfe.s32", "rrrr", 0xffffffff, {0x80000000, 40, 4}},
         {"bfe.u32", "rrrr", 0, {0x80000000, 40, 4}}, {"bfe.u64", "ddrr", 0xab, {0xab00000000ull, 32, 8}}, {"bfe.s64", "ddrr", kAll - 0x54, {0xab00000000ull, 32, 8}},
         {"bfe.s32", "rrrr", 0, {0xffffffff, 4, 0}}, {"prmt.b32", "rrrr", 0x77665544, {0x33221100, 0x77665544, 0x7654}}, {"prmt.b32", "rrrr", 0x00ff00ff, {0x00808000, 0, 0x8a89}},
         {"prmt.b32", "rrrr", 0x11003322, {0x33221100, 0, 0x1032}}});
}
