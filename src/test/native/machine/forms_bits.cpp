// Logic, shifts, counts, fields and byte permutation.
#include <type_traits>

#include "forms.h"

namespace machine {

namespace {

// Shifts clamp: an amount of the width or more gives zero, or the sign for an arithmetic shift.
template <class T> T shiftLeft(T a, U32 b) { return b >= 8 * sizeof(T) ? T{0} : static_cast<T>(a << b); }
template <class T> T shiftRight(T a, U32 b) {
  constexpr U32 bits = 8 * sizeof(T);
  return static_cast<T>(b < bits ? a >> b : std::is_signed_v<T> ? a >> (bits - 1) : T{0});
}

template <class T> int leadingZeros(T a) {
  if (a == 0) return 8 * sizeof(T);
  return sizeof(T) == 8 ? __builtin_clzll(a) : __builtin_clz(static_cast<U32>(a));
}

template <class T> T reversed(T a) {
  T result = 0;
  for (unsigned bit = 0; bit < 8 * sizeof(T); bit++) result = static_cast<T>(result << 1 | ((a >> bit) & 1));
  return result;
}

// Position of the highest bit that differs from the sign, or all ones.
template <class T> U32 highest(T a, bool asShift) {
  using U = std::make_unsigned_t<T>;
  U value = static_cast<U>(std::is_signed_v<T> && a < 0 ? ~a : a);
  if (value == 0) return ~0u;
  U32 position = 8 * sizeof(T) - 1 - static_cast<U32>(leadingZeros(value));
  return asShift ? 8 * sizeof(T) - 1 - position : position;
}

template <class T> T inserted(T field, T into, U32 position, U32 length) {
  position &= 0xff, length &= 0xff;
  constexpr U32 bits = 8 * sizeof(T);
  if (length == 0 || position >= bits) return into;
  T mask = length >= bits ? static_cast<T>(~T{0}) : static_cast<T>((T{1} << length) - 1);
  mask = static_cast<T>(mask << position);
  return static_cast<T>((into & ~mask) | ((field << position) & mask));
}

template <class T> T extracted(T a, U32 position, U32 length) {
  position &= 0xff, length &= 0xff;
  constexpr U32 bits = 8 * sizeof(T);
  using U = std::make_unsigned_t<T>;
  if (length == 0) return 0;
  U32 last = position + length - 1 < bits - 1 ? position + length - 1 : bits - 1;
  bool sign = std::is_signed_v<T> && ((static_cast<U>(a) >> last) & 1);
  U value = position >= bits ? U{0} : static_cast<U>(static_cast<U>(a) >> position);
  U mask = length >= bits ? static_cast<U>(~U{0}) : static_cast<U>((U{1} << length) - 1);
  U available = position >= bits ? U{0} : static_cast<U>(static_cast<U>(~U{0}) >> position);
  mask = static_cast<U>(mask & available);
  return static_cast<T>(sign ? (value & mask) | ~mask : value & mask);
}

U32 permuted(U32 a, U32 b, U32 selector) {
  U64 bytes = static_cast<U64>(b) << 32 | a;
  U32 result = 0;
  for (int k = 0; k < 4; k++) {
    U32 choice = selector >> (4 * k);
    U32 byte = static_cast<U32>(bytes >> (8 * (choice & 7))) & 0xff;
    if (choice & 8) byte = byte & 0x80 ? 0xff : 0;
    result |= byte << (8 * k);
  }
  return result;
}

U32 anyOfThree(U32 a, U32 b, U32 c, U32 table) {
  U32 result = 0;
  for (int row = 0; row < 8; row++)
    if (table >> row & 1) result |= (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
  return result;
}

U32 funnelLeft(U32 low, U32 high, U32 n) { return static_cast<U32>(((static_cast<U64>(high) << 32 | low) << n) >> 32); }
U32 funnelRight(U32 low, U32 high, U32 n) { return static_cast<U32>((static_cast<U64>(high) << 32 | low) >> n); }

template <class T> void logic(Forms& forms, const std::string& bits) {
  using S = std::make_signed_t<T>;
  FORM2("and.b" + bits, T, T, T, a & b);
  FORM2("or.b" + bits, T, T, T, a | b);
  FORM2("xor.b" + bits, T, T, T, a ^ b);
  FORM1("not.b" + bits, T, T, ~a);
  FORM1("cnot.b" + bits, T, T, a == 0);
  FORM2("shl.b" + bits, T, T, U32, shiftLeft(a, b));
  FORM2("shr.b" + bits, T, T, U32, shiftRight(a, b));
  FORM2("shr.u" + bits, T, T, U32, shiftRight(a, b));
  FORM2("shr.s" + bits, S, S, U32, shiftRight(a, b));
}

template <class T> void fields(Forms& forms, const std::string& bits) {
  using S = std::make_signed_t<T>;
  FORM1("popc.b" + bits, U32, T, __builtin_popcountll(a));
  FORM1("clz.b" + bits, U32, T, leadingZeros(a));
  FORM1("brev.b" + bits, T, T, reversed(a));
  FORM1("bfind.u" + bits, U32, T, highest(a, false));
  FORM1("bfind.s" + bits, U32, S, highest(a, false));
  FORM1("bfind.shiftamt.u" + bits, U32, T, highest(a, true));
  FORM1("bfind.shiftamt.s" + bits, U32, S, highest(a, true));
  FORM4("bfi.b" + bits, T, T, T, U32, U32, inserted(a, b, c, e));
  FORM3("bfe.u" + bits, T, T, U32, U32, extracted(a, b, c));
  FORM3("bfe.s" + bits, S, S, U32, U32, extracted(a, b, c));
}

}  // namespace

void addBitForms(Forms& forms) {
  logic<U16>(forms, "16");
  logic<U32>(forms, "32");
  logic<U64>(forms, "64");
  fields<U32>(forms, "32");
  fields<U64>(forms, "64");
  FORM3("prmt.b32", U32, U32, U32, U32, permuted(a, b, c));
  FORM4("lop3.b32", U32, U32, U32, U32, U32, anyOfThree(a, b, c, e));
  FORM3("shf.l.wrap.b32", U32, U32, U32, U32, funnelLeft(a, b, c & 31));
  FORM3("shf.r.wrap.b32", U32, U32, U32, U32, funnelRight(a, b, c & 31));
  FORM3("shf.l.clamp.b32", U32, U32, U32, U32, funnelLeft(a, b, c < 32 ? c : 32));
  FORM3("shf.r.clamp.b32", U32, U32, U32, U32, funnelRight(a, b, c < 32 ? c : 32));
  FORM1("mov.16", U16, U16, a);
  FORM1("mov.32", U32, U32, a);
  FORM1("mov.64", U64, U64, a);
}

}  // namespace machine
