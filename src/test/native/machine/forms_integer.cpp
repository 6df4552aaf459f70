// Integer arithmetic. Sums and products are formed in unsigned types: they wrap, as on the device.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "forms.h"

namespace machine {

namespace {

template <class T> using Unsigned = std::make_unsigned_t<T>;
template <class T>
using Wide = std::conditional_t<sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, S32, U32>,
                                std::conditional_t<std::is_signed_v<T>, S64, U64>>;

// Wrapping products; 16-bit operands must not be promoted to int, which could overflow.
template <class T> T product(T a, T b) { return static_cast<T>(static_cast<U64>(a) * static_cast<U64>(b)); }

template <class T> T high(T a, T b) {
  using Double = std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>, Wide<T>>;
  return static_cast<T>((static_cast<Double>(a) * static_cast<Double>(b)) >> (8 * sizeof(T)));
}

// The device gives all ones for a division by zero, and wraps the smallest value divided by -1.
template <class T> T quotient(T a, T b) {
  if (b == 0) return static_cast<T>(~Unsigned<T>{0});
  if (std::is_signed_v<T> && b == static_cast<T>(-1)) return static_cast<T>(Unsigned<T>{0} - static_cast<Unsigned<T>>(a));
  return static_cast<T>(a / b);
}

template <class T> T remainder(T a, T b) {
  if (b == 0) return a;
  if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
  return static_cast<T>(a % b);
}

template <class T> T negated(T a) { return static_cast<T>(Unsigned<T>{0} - static_cast<Unsigned<T>>(a)); }

template <class T> T saturatedSum(T a, T b, int sign) {
  S64 sum = static_cast<S64>(a) + sign * static_cast<S64>(b);
  return static_cast<T>(std::clamp<S64>(sum, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T> void arithmetic(Forms& forms, const std::string& type) {
  using U = Unsigned<T>;
  FORM2("add." + type, T, T, T, static_cast<U>(a) + static_cast<U>(b));
  FORM2("sub." + type, T, T, T, static_cast<U>(a) - static_cast<U>(b));
  FORM2("mul.lo." + type, T, T, T, product(a, b));
  FORM2("mul.hi." + type, T, T, T, high(a, b));
  FORM3("mad.lo." + type, T, T, T, T, static_cast<U>(product(a, b)) + static_cast<U>(c));
  FORM3("mad.hi." + type, T, T, T, T, static_cast<U>(high(a, b)) + static_cast<U>(c));
  FORM2("div." + type, T, T, T, quotient(a, b));
  FORM2("rem." + type, T, T, T, remainder(a, b));
  FORM2("min." + type, T, T, T, std::min(a, b));
  FORM2("max." + type, T, T, T, std::max(a, b));
  FORM3("sad." + type, T, T, T, T, static_cast<U>(c) + (a < b ? static_cast<U>(b) - static_cast<U>(a) : static_cast<U>(a) - static_cast<U>(b)));
}

template <class T> void signedOnly(Forms& forms, const std::string& type) {
  FORM1("neg." + type, T, T, negated(a));
  FORM1("abs." + type, T, T, a < 0 ? negated(a) : a);
}

template <class T> void widening(Forms& forms, const std::string& type) {
  using W = Wide<T>;
  FORM2("mul.wide." + type, W, T, T, static_cast<W>(a) * static_cast<W>(b));
  FORM3("mad.wide." + type, W, T, T, W, static_cast<Unsigned<W>>(static_cast<W>(a) * static_cast<W>(b)) + static_cast<Unsigned<W>>(c));
}

template <class A, class B> S32 dotBytes(U32 a, U32 b, S32 c) {
  U32 sum = static_cast<U32>(c);
  for (int byte = 0; byte < 4; byte++)
    sum += static_cast<U32>(static_cast<S32>(static_cast<A>(a >> 8 * byte)) * static_cast<S32>(static_cast<B>(b >> 8 * byte)));
  return static_cast<S32>(sum);
}

}  // namespace

void addIntegerForms(Forms& forms) {
  arithmetic<U16>(forms, "u16");
  arithmetic<S16>(forms, "s16");
  arithmetic<U32>(forms, "u32");
  arithmetic<S32>(forms, "s32");
  arithmetic<U64>(forms, "u64");
  arithmetic<S64>(forms, "s64");
  signedOnly<S16>(forms, "s16");
  signedOnly<S32>(forms, "s32");
  signedOnly<S64>(forms, "s64");
  widening<U16>(forms, "u16");
  widening<S16>(forms, "s16");
  widening<U32>(forms, "u32");
  widening<S32>(forms, "s32");
  FORM2("add.sat.s32", S32, S32, S32, saturatedSum(a, b, 1));
  FORM2("sub.sat.s32", S32, S32, S32, saturatedSum(a, b, -1));
  FORM2("mul24.lo.u32", U32, U32, U32, (a & 0xffffff) * (b & 0xffffff));
  FORM3("dp4a.u32.u32", S32, U32, U32, S32, dotBytes<U8, U8>(a, b, c));
  FORM3("dp4a.s32.s32", S32, U32, U32, S32, dotBytes<S8, S8>(a, b, c));
}

}  // namespace machine
