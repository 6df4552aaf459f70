// setp, set and selp. setp with a second target or a combined predicate is split by the assembler.
#include <cmath>

#include "formats.h"
#include "forms.h"

namespace machine {

namespace {

template <class A> void ordered(Forms& forms, const std::string& type) {
  COMPARE("setp.eq." + type, A, a == b);
  COMPARE("setp.ne." + type, A, a != b);
  COMPARE("setp.lt." + type, A, a < b);
  COMPARE("setp.le." + type, A, a <= b);
  COMPARE("setp.gt." + type, A, a > b);
  COMPARE("setp.ge." + type, A, a >= b);
}

template <class A> void unsignedNames(Forms& forms, const std::string& type) {
  COMPARE("setp.lo." + type, A, a < b);
  COMPARE("setp.ls." + type, A, a <= b);
  COMPARE("setp.hi." + type, A, a > b);
  COMPARE("setp.hs." + type, A, a >= b);
}

template <class A> void bitwise(Forms& forms, const std::string& type) {
  COMPARE("setp.eq." + type, A, a == b);
  COMPARE("setp.ne." + type, A, a != b);
}

// Ordered comparisons are false for NaN except ne's unordered twin; "equ" and friends are true.
template <class A> void floating(Forms& forms, const std::string& type) {
  COMPARE("setp.eq." + type, A, value(a) == value(b));
  COMPARE("setp.ne." + type, A, value(a) < value(b) || value(a) > value(b));
  COMPARE("setp.lt." + type, A, value(a) < value(b));
  COMPARE("setp.le." + type, A, value(a) <= value(b));
  COMPARE("setp.gt." + type, A, value(a) > value(b));
  COMPARE("setp.ge." + type, A, value(a) >= value(b));
  COMPARE("setp.equ." + type, A, !(value(a) < value(b) || value(a) > value(b)));
  COMPARE("setp.neu." + type, A, !(value(a) == value(b)));
  COMPARE("setp.ltu." + type, A, !(value(a) >= value(b)));
  COMPARE("setp.leu." + type, A, !(value(a) > value(b)));
  COMPARE("setp.gtu." + type, A, !(value(a) <= value(b)));
  COMPARE("setp.geu." + type, A, !(value(a) < value(b)));
  COMPARE("setp.num." + type, A, value(a) == value(a) && value(b) == value(b));
  COMPARE("setp.nan." + type, A, value(a) != value(a) || value(b) != value(b));
}

template <class T> void selectLanes(Warp& warp, const Instruction& i) {
  T* d = warp.at<T>(i.d);
  const T* a = warp.at<T>(i.a);
  const T* b = warp.at<T>(i.b);
  std::uint32_t chosen = warp.mask(i.c) ^ (i.mode ? kAllLanes : 0);
  forLanes(warp.active, [=](int lane) { d[lane] = chosen >> lane & 1 ? a[lane] : b[lane]; });
}

template <class T> Form selection() { return {selectLanes<T>, {typeOf<T>(), typeOf<T>(), typeOf<T>(), typeOf<Pred>()}}; }

enum class Logic { And, Or, Xor, Not, Copy };

// Sources may be negated: bit 0 of the mode for a, bit 1 for b.
template <Logic logic> void predicateLogic(Warp& warp, const Instruction& i) {
  std::uint32_t a = warp.mask(i.a) ^ (i.mode & 1 ? kAllLanes : 0);
  std::uint32_t b = i.b == kNowhere ? 0 : warp.mask(i.b) ^ (i.mode & 2 ? kAllLanes : 0);
  std::uint32_t result = logic == Logic::And   ? a & b
                         : logic == Logic::Or  ? a | b
                         : logic == Logic::Xor ? a ^ b
                         : logic == Logic::Not ? ~a
                                               : a;
  std::uint32_t& d = warp.mask(i.d);
  d = (d & ~warp.active) | (result & warp.active);
}

}  // namespace

void addCompareForms(Forms& forms) {
  ordered<S16>(forms, "s16"), ordered<U16>(forms, "u16"), ordered<S32>(forms, "s32");
  ordered<U32>(forms, "u32"), ordered<S64>(forms, "s64"), ordered<U64>(forms, "u64");
  unsignedNames<U16>(forms, "u16"), unsignedNames<U32>(forms, "u32"), unsignedNames<U64>(forms, "u64");
  bitwise<U16>(forms, "b16"), bitwise<U32>(forms, "b32"), bitwise<U64>(forms, "b64");
  floating<F32>(forms, "f32"), floating<F64>(forms, "f64");
  floating<Half>(forms, "f16"), floating<Bf16>(forms, "bf16");
  for (const char* type : {"b16", "u16", "s16", "f16", "bf16"}) forms.add(std::string("selp.") + type, selection<U16>());
  for (const char* type : {"b32", "u32", "s32", "f32"}) forms.add(std::string("selp.") + type, selection<U32>());
  for (const char* type : {"b64", "u64", "s64", "f64"}) forms.add(std::string("selp.") + type, selection<U64>());
  const Type pred = typeOf<Pred>();
  forms.add("and.pred", {predicateLogic<Logic::And>, {pred, pred, pred}});
  forms.add("or.pred", {predicateLogic<Logic::Or>, {pred, pred, pred}});
  forms.add("xor.pred", {predicateLogic<Logic::Xor>, {pred, pred, pred}});
  forms.add("not.pred", {predicateLogic<Logic::Not>, {pred, pred}});
  forms.add("mov.pred", {predicateLogic<Logic::Copy>, {pred, pred}});
}

}  // namespace machine
