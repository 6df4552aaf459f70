// The table of plain instructions: name -> function over 32 lanes and the types of its operands.
//
// A form is one line: FORM2("add.u32", U32, U32, U32, a + b). Names carry no rounding and no .ftz:
// those are read off the opcode first and become the processor's own modes while the form runs.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "warp.h"

namespace machine {

using U8 = std::uint8_t;
using S8 = std::int8_t;
using U16 = std::uint16_t;
using S16 = std::int16_t;
using U32 = std::uint32_t;
using S32 = std::int32_t;
using U64 = std::uint64_t;
using S64 = std::int64_t;
using F32 = float;
using F64 = double;
struct Pred {};

struct Type {
  int bytes = 0;  // 0: a predicate
};
template <class T> constexpr Type typeOf() { return {sizeof(T)}; }
template <> constexpr Type typeOf<Pred>() { return {0}; }

struct Form {
  Execute run = nullptr;
  std::vector<Type> operands;  // target first
};

class Forms {
 public:
  void add(const std::string& name, Form form) { forms_[name] = std::move(form); }
  const Form* find(const std::string& name) const {
    auto found = forms_.find(name);
    return found == forms_.end() ? nullptr : &found->second;
  }
  std::vector<std::string> names() const;
  static const Forms& all();

 private:
  std::unordered_map<std::string, Form> forms_;
};

void addIntegerForms(Forms& forms);
void addBitForms(Forms& forms);
void addFloatForms(Forms& forms);
void addHalfForms(Forms& forms);
void addConversionForms(Forms& forms);
void addCompareForms(Forms& forms);

// Calls body(lane) for the active lanes; all 32 is the case that the compiler turns into vectors.
template <class Body> inline void forLanes(std::uint32_t active, Body body) {
  if (active == kAllLanes) {
#pragma GCC ivdep
    for (int lane = 0; lane < kLanes; lane++) body(lane);
  } else {
    for (std::uint32_t rest = active; rest; rest &= rest - 1) body(__builtin_ctz(rest));
  }
}

template <class D, class A, class Op> void unary(Warp& warp, const Instruction& i) {
  D* d = warp.at<D>(i.d);
  const A* a = warp.at<A>(i.a);
  forLanes(warp.active, [=](int lane) { d[lane] = Op::of(a[lane]); });
}

template <class D, class A, class B, class Op> void binary(Warp& warp, const Instruction& i) {
  D* d = warp.at<D>(i.d);
  const A* a = warp.at<A>(i.a);
  const B* b = warp.at<B>(i.b);
  forLanes(warp.active, [=](int lane) { d[lane] = Op::of(a[lane], b[lane]); });
}

template <class D, class A, class B, class C, class Op> void ternary(Warp& warp, const Instruction& i) {
  D* d = warp.at<D>(i.d);
  const A* a = warp.at<A>(i.a);
  const B* b = warp.at<B>(i.b);
  const C* c = warp.at<C>(i.c);
  forLanes(warp.active, [=](int lane) { d[lane] = Op::of(a[lane], b[lane], c[lane]); });
}

template <class D, class A, class B, class C, class E, class Op> void quaternary(Warp& warp, const Instruction& i) {
  D* d = warp.at<D>(i.d);
  const A* a = warp.at<A>(i.a);
  const B* b = warp.at<B>(i.b);
  const C* c = warp.at<C>(i.c);
  const E* e = warp.at<E>(i.e);
  forLanes(warp.active, [=](int lane) { d[lane] = Op::of(a[lane], b[lane], c[lane], e[lane]); });
}

// A comparison gives a mask of lanes; lanes that do not run keep their old bit.
template <class A, class Op> void compare(Warp& warp, const Instruction& i) {
  const A* a = warp.at<A>(i.a);
  const A* b = warp.at<A>(i.b);
  std::uint32_t result = 0;
  for (int lane = 0; lane < kLanes; lane++) result |= std::uint32_t{Op::of(a[lane], b[lane])} << lane;
  std::uint32_t& d = warp.mask(i.d);
  d = (d & ~warp.active) | (result & warp.active);
}

#define FORM1(name, D, A, ...)                                              \
  do {                                                                      \
    struct Op {                                                             \
      static D of(A a) { return static_cast<D>(__VA_ARGS__); }              \
    };                                                                      \
    forms.add(name, {unary<D, A, Op>, {typeOf<D>(), typeOf<A>()}});         \
  } while (0)

#define FORM2(name, D, A, B, ...)                                                          \
  do {                                                                                     \
    struct Op {                                                                            \
      static D of(A a, B b) { return static_cast<D>(__VA_ARGS__); }                        \
    };                                                                                     \
    forms.add(name, {binary<D, A, B, Op>, {typeOf<D>(), typeOf<A>(), typeOf<B>()}});       \
  } while (0)

#define FORM3(name, D, A, B, C, ...)                                                                     \
  do {                                                                                                   \
    struct Op {                                                                                          \
      static D of(A a, B b, C c) { return static_cast<D>(__VA_ARGS__); }                                 \
    };                                                                                                   \
    forms.add(name, {ternary<D, A, B, C, Op>, {typeOf<D>(), typeOf<A>(), typeOf<B>(), typeOf<C>()}});    \
  } while (0)

#define FORM4(name, D, A, B, C, E, ...)                                                                            \
  do {                                                                                                             \
    struct Op {                                                                                                    \
      static D of(A a, B b, C c, E e) { return static_cast<D>(__VA_ARGS__); }                                      \
    };                                                                                                             \
    forms.add(name, {quaternary<D, A, B, C, E, Op>,                                                                \
                     {typeOf<D>(), typeOf<A>(), typeOf<B>(), typeOf<C>(), typeOf<E>()}});                          \
  } while (0)

#define COMPARE(name, A, ...)                                                     \
  do {                                                                            \
    struct Op {                                                                   \
      static bool of(A a, A b) { return __VA_ARGS__; }                            \
    };                                                                            \
    forms.add(name, {compare<A, Op>, {typeOf<Pred>(), typeOf<A>(), typeOf<A>()}}); \
  } while (0)

}  // namespace machine
