// Single and double precision. Rounding and .ftz are the processor's own modes while a form runs
// (see environment.cpp), so the expressions are the plain ones.
#include <cmath>

#include "environment.h"
#include "formats.h"
#include "forms.h"

namespace machine {

namespace {

template <class T> T sign(T from, T to) { return std::copysign(to, from); }

// Approximate instructions: the rounded true result, moved by up to one unit when asked to.
F32 approximate(double exact) { return perturbed(canonical(static_cast<F32>(exact))); }

template <class T> void arithmetic(Forms& forms, const std::string& type) {
  FORM2("add." + type, T, T, T, canonical(a + b));
  FORM2("sub." + type, T, T, T, canonical(a - b));
  FORM2("mul." + type, T, T, T, canonical(a * b));
  FORM3("fma." + type, T, T, T, T, canonical(std::fma(a, b, c)));
  FORM3("mad." + type, T, T, T, T, canonical(std::fma(a, b, c)));
  FORM2("div." + type, T, T, T, canonical(a / b));
  FORM1("rcp." + type, T, T, canonical(T(1) / a));
  FORM1("sqrt." + type, T, T, canonical(std::sqrt(a)));
  FORM2("min." + type, T, T, T, canonical(smaller(a, b)));
  FORM2("max." + type, T, T, T, canonical(larger(a, b)));
  FORM2("copysign." + type, T, T, T, sign(a, b));
}

#define SET(name, expression)                                                              \
  FORM2("set." name ".f32.f32", F32, F32, F32, (expression) ? 1.0f : 0.0f);                \
  FORM2("set." name ".u32.f32", U32, F32, F32, (expression) ? ~0u : 0u);                   \
  FORM2("set." name ".s32.f32", S32, F32, F32, (expression) ? -1 : 0)

void sets(Forms& forms) {
  SET("eq", a == b);
  SET("ne", a < b || a > b);
  SET("lt", a < b);
  SET("le", a <= b);
  SET("gt", a > b);
  SET("ge", a >= b);
  SET("equ", !(a < b || a > b));
  SET("neu", !(a == b));
  SET("ltu", !(a >= b));
  SET("leu", !(a > b));
  SET("gtu", !(a <= b));
  SET("geu", !(a < b));
  SET("num", a == a && b == b);
  SET("nan", a != a || b != b);
}

}  // namespace

void addFloatForms(Forms& forms) {
  arithmetic<F32>(forms, "f32");
  arithmetic<F64>(forms, "f64");
  sets(forms);
  FORM1("neg.f32", F32, F32, -a);
  FORM1("neg.f64", F64, F64, -a);
  FORM1("abs.f32", F32, F32, std::fabs(a));
  FORM1("abs.f64", F64, F64, std::fabs(a));
  FORM2("min.NaN.f32", F32, F32, F32, canonical(a != a || b != b ? NAN : smaller(a, b)));
  FORM2("max.NaN.f32", F32, F32, F32, canonical(a != a || b != b ? NAN : larger(a, b)));
  // The processor's flushing covers arithmetic only; these move bits.
  FORM1("neg.ftz.f32", F32, F32, -flushed(a));
  FORM1("abs.ftz.f32", F32, F32, std::fabs(flushed(a)));
  FORM2("min.ftz.f32", F32, F32, F32, canonical(smaller(flushed(a), flushed(b))));
  FORM2("max.ftz.f32", F32, F32, F32, canonical(larger(flushed(a), flushed(b))));
  FORM2("div.approx.f32", F32, F32, F32, approximate(static_cast<double>(a) / b));
  FORM2("div.full.f32", F32, F32, F32, approximate(static_cast<double>(a) / b));
  FORM1("rcp.approx.f32", F32, F32, approximate(1.0 / a));
  FORM1("rcp.approx.f64", F64, F64, 1.0 / a);
  FORM1("sqrt.approx.f32", F32, F32, approximate(std::sqrt(static_cast<double>(a))));
  FORM1("rsqrt.approx.f32", F32, F32, approximate(1.0 / std::sqrt(static_cast<double>(a))));
  FORM1("rsqrt.approx.f64", F64, F64, 1.0 / std::sqrt(a));
  FORM1("ex2.approx.f32", F32, F32, approximate(std::exp2(static_cast<double>(a))));
  FORM1("lg2.approx.f32", F32, F32, approximate(std::log2(static_cast<double>(a))));
  FORM1("sin.approx.f32", F32, F32, approximate(std::sin(static_cast<double>(a))));
  FORM1("cos.approx.f32", F32, F32, approximate(std::cos(static_cast<double>(a))));
  FORM1("tanh.approx.f32", F32, F32, approximate(std::tanh(static_cast<double>(a))));
}

}  // namespace machine
