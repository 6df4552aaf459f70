// atom and red: the lanes one after the other, each a read, a computation and a write.
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <unordered_map>

#include "access.h"
#include "formats.h"
#include "forms.h"
#include "instructions.h"

namespace machine {

namespace {

// Op::of(old, b, c) is what is stored; `d` (if wanted) receives old.
template <class T, class Op> void atomic(Warp& warp, const Instruction& i) {
  Access at;
  access(warp, i, AccessKind::Update, sizeof(T), at);
  const T* b = warp.at<T>(i.b);
  const T* c = i.c == kNowhere ? b : warp.at<T>(i.c);
  T* d = i.d == kNowhere ? nullptr : warp.at<T>(i.d);
  for (std::uint32_t rest = warp.active; rest; rest &= rest - 1) {
    int lane = __builtin_ctz(rest);
    const std::uint64_t location = reinterpret_cast<std::uint64_t>(at.host[lane]);
    const Thread thread = warp.thread(lane);
    warp.grid->order.read(warp.block->order, thread, location, i.acquire);
    warp.grid->order.write(warp.block->order, thread, location, i.release, i.scope != Scope::Block);
    T old;
    std::memcpy(&old, at.host[lane], sizeof old);
    T next = Op::of(old, b[lane], c[lane]);
    std::memcpy(at.host[lane], &next, sizeof next);
    if (std::memcmp(&next, &old, sizeof old) != 0) warp.grid->progress++;
    if (d) d[lane] = old;
  }
  (i.space == Space::Shared ? warp.grid->counters.sharedAtomics : warp.grid->counters.atomics)++;
}

using Table = std::unordered_map<std::string, Execute>;

#define ATOMIC(name, T, ...)                                      \
  do {                                                            \
    struct Op {                                                   \
      static T of([[maybe_unused]] T old, [[maybe_unused]] T b, [[maybe_unused]] T c) { return static_cast<T>(__VA_ARGS__); } \
    };                                                            \
    table[std::string(name) + "." + type] = atomic<T, Op>;        \
  } while (0)

template <class T> void integers(Table& table, const std::string& type) {
  ATOMIC("add", T, static_cast<std::make_unsigned_t<T>>(old) + static_cast<std::make_unsigned_t<T>>(b));
  ATOMIC("min", T, std::min(old, b));
  ATOMIC("max", T, std::max(old, b));
}

template <class T> void bits(Table& table, const std::string& type) {
  ATOMIC("and", T, old & b);
  ATOMIC("or", T, old | b);
  ATOMIC("xor", T, old ^ b);
  ATOMIC("exch", T, b);
  ATOMIC("cas", T, old == b ? c : old);
}

template <class T> void counters(Table& table, const std::string& type) {
  ATOMIC("inc", T, old >= b ? 0 : old + 1);
  ATOMIC("dec", T, old == 0 || old > b ? b : old - 1);
}

template <class T> void floats(Table& table, const std::string& type) { ATOMIC("add", T, canonical(old + b)); }

void narrow(Table& table) {
  std::string type = "f16";
  ATOMIC("add.noftz", Half, toHalf(value(old) + value(b)));
  type = "bf16";
  ATOMIC("add.noftz", Bf16, toBf16(value(old) + value(b)));
  type = "f16x2";
  ATOMIC("add.noftz", U32,
         toHalf(value(Half{static_cast<U16>(old)}) + value(Half{static_cast<U16>(b)})).bits |
             static_cast<U32>(toHalf(value(Half{static_cast<U16>(old >> 16)}) + value(Half{static_cast<U16>(b >> 16)})).bits) << 16);
  type = "bf16x2";
  ATOMIC("add.noftz", U32,
         toBf16(value(Bf16{static_cast<U16>(old)}) + value(Bf16{static_cast<U16>(b)})).bits |
             static_cast<U32>(toBf16(value(Bf16{static_cast<U16>(old >> 16)}) + value(Bf16{static_cast<U16>(b >> 16)})).bits) << 16);
}

Table makeTable() {
  Table table;
  integers<U32>(table, "u32"), integers<S32>(table, "s32"), integers<U64>(table, "u64"), integers<S64>(table, "s64");
  bits<U16>(table, "b16"), bits<U32>(table, "b32"), bits<U64>(table, "b64");
  counters<U32>(table, "u32");
  floats<F32>(table, "f32"), floats<F64>(table, "f64");
  narrow(table);
  return table;
}

}  // namespace

Execute atomicFunction(const std::string& operation, const std::string& type) {
  static const Table table = makeTable();
  auto found = table.find(operation + "." + type);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace machine
