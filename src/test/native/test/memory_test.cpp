// Loads, stores, atomics, address spaces: every width, extension and vector.
#include <array>

#include "evaluate.h"

using namespace test;

namespace {

// A kernel of one thread (or more) that gets `in` (64 words 0x80818283, 0x84858687 ...) and `out`.
std::vector<std::uint32_t> words(const std::string& body, std::uint32_t threads = 1, std::size_t count = 8) {
  Device device(".version 8.6\n.target sm_90\n.address_size 64\n.global .align 4 .u32 table[3] = {7, 8, 9};\n.const .align 8 .b8 fixed[8] = {1, 2, 3, 4, 5, 6, 7, 8};\n"
                ".extern .shared .align 16 .b8 dyn[];\n.visible .entry t(.param .u64 in, .param .u64 out, .param .align 8 .b8 pair[16]) {\n"
                ".reg .pred %p<4>; .reg .b16 %h<16>; .reg .b32 %r<16>; .reg .b64 %d<16>; .shared .align 16 .b8 s[512]; .local .align 16 .b8 l[64];\n"
                "ld.param.u64 %d1, [in]; ld.param.u64 %d2, [out]; mov.u32 %r1, %tid.x;\n" +
                body + "\nret; }");
  std::vector<std::uint32_t> values(64);
  for (std::uint32_t n = 0; n < 64; n++) values[n] = 0x80818283u + n * 0x04040404u;
  const machine::Address in = device.upload(values), out = device.upload(std::vector<std::uint32_t>(count, 0));
  device.launch.dynamicShared = 64;
  const std::array<std::uint64_t, 2> pair = {11, 12};
  expectClean(device.run("t", 1, threads, in, out, pair));
  return device.download<std::uint32_t>(out, count);
}

void expectWords(const std::string& body, const std::vector<std::uint32_t>& expected, std::uint32_t threads = 1) {
  const auto got = words(body, threads, expected.size());
  for (std::size_t n = 0; n < expected.size(); n++) expectEqual(expected[n], got[n], "word " + std::to_string(n));
}

}  // namespace

TEST("load_extends") {
  expectWords("ld.global.u8 %r2, [%d1]; ld.global.s8 %r3, [%d1+1]; ld.global.u16 %r4, [%d1]; ld.global.s16 %r5, [%d1+2];\n"
              "st.global.v4.b32 [%d2], {%r2, %r3, %r4, %r5};", {0x83, 0xffffff82, 0x8283, 0xffff8081});
  expectWords("ld.global.s8 %h1, [%d1]; ld.global.u8 %h2, [%d1]; st.global.v2.b16 [%d2], {%h1, %h2}; ld.global.s32 %d3, [%d1]; st.global.b64 [%d2+8], %d3;", {0x0083ff83, 0, 0x80818283, 0xffffffff});
}
TEST("load_vectors") {
  expectWords("ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%d1]; st.global.v4.u32 [%d2], {%r5, %r4, %r3, %r2};", {0x8c8d8e8f, 0x88898a8b, 0x84858687, 0x80818283});
  expectWords("ld.global.v2.u64 {%d3, %d4}, [%d1]; st.global.v2.u64 [%d2], {%d4, %d3};", {0x88898a8b, 0x8c8d8e8f, 0x80818283, 0x84858687});
  expectWords("ld.global.v4.u16 {%h1, %h2, %h3, %h4}, [%d1]; st.global.v4.u16 [%d2], {%h4, %h3, %h2, %h1};", {0x86878485, 0x82838081});
  expectWords("ld.global.v4.u8 {%h1, %h2, %h3, %h4}, [%d1]; st.global.v4.u8 [%d2], {%h4, %h3, %h2, %h1};", {0x83828180});
  expectWords("ld.global.v2.f32 {%r2, _}, [%d1]; st.global.b32 [%d2], %r2;", {0x80818283});
}
TEST("load_hintsAndOrders") {
  for (const char* form : {"ld.global.nc.b32", "ld.global.cg.b32", "ld.global.cs.b32", "ld.global.cv.b32", "ld.global.ca.b32", "ld.global.lu.b32", "ld.volatile.global.b32", "ld.relaxed.gpu.global.b32",
                           "ld.acquire.sys.global.b32", "ld.acquire.cta.b32", "ld.b32", "ld.global.nc.L1::no_allocate.L2::128B.b32", "ldu.global.b32", "ld.weak.global.b32"})
    expectWords(std::string(form) + " %r2, [%d1+4]; st.global.b32 [%d2], %r2;", {0x84858687});
  for (const char* form : {"st.global.cg.b32", "st.global.cs.b32", "st.global.wb.b32", "st.global.wt.b32", "st.volatile.global.b32", "st.relaxed.gpu.global.b32", "st.release.gpu.global.b32", "st.b32"})
    expectWords(std::string(form) + " [%d2], 5;", {5});
}
TEST("load_spaces") {
  expectWords("st.shared.b32 [s+4], 9; ld.shared.b32 %r2, [s+4]; st.global.b32 [%d2], %r2;", {9});
  expectWords("mov.u64 %d3, s; cvta.shared.u64 %d4, %d3; st.b32 [%d4+8], 6; cvta.to.shared.u64 %d5, %d4; cvt.u32.u64 %r3, %d5; ld.shared.b32 %r2, [%r3+8]; st.global.b32 [%d2], %r2;", {6});
  expectWords("st.local.v2.b32 [l+8], {3, 4}; mov.u64 %d3, l; cvta.local.u64 %d4, %d3; ld.b32 %r2, [%d4+12]; st.global.b32 [%d2], %r2;", {4});
  expectWords("ld.param.u64 %d3, [pair+8]; st.global.b64 [%d2], %d3;", {12, 0});
  expectWords("mov.b64 %d3, pair; ld.param.u32 %r2, [%d3+8]; st.global.b32 [%d2], %r2;", {12});
  expectWords("ld.global.u32 %r2, [table+8]; ld.const.u8 %r3, [fixed+3]; st.global.v2.b32 [%d2], {%r2, %r3};", {9, 4});
  expectWords("mov.u64 %d3, table; cvta.global.u64 %d4, %d3; cvta.to.global.u64 %d4, %d4; ld.u32 %r2, [%d4+4]; st.global.b32 [%d2], %r2;", {8});
  expectWords("st.shared.b32 [dyn+60], 3; ld.shared.b32 %r2, [dyn+60]; mov.u32 %r3, %dynamic_smem_size; st.global.v2.b32 [%d2], {%r2, %r3};", {3, 64});
  expectWords("mov.u64 %d3, s; cvta.shared.u64 %d3, %d3; and.b32 %r2, %r1, 1; setp.eq.u32 %p1, %r2, 0; mul.wide.u32 %d4, %r1, 4; add.u64 %d3, %d3, %d4; add.u64 %d4, %d2, %d4;\n"
              "selp.b64 %d5, %d3, %d4, %p1; st.u32 [%d5], %r1;", {0, 1, 0, 3, 0, 5, 0, 7}, 8);  // lanes in two spaces
}
TEST("move_packsAndUnpacks") {
  expectWords("mov.b64 {%r2, %r3}, 0x1122334455667788; mov.b64 %d3, {%r3, %r2}; st.global.b64 [%d2], %d3;", {0x11223344, 0x55667788});
  expectWords("mov.b32 {%h1, %h2}, 0x11223344; mov.b32 %r2, {%h2, %h1}; mov.b32 {_, %h3}, 0x55667788; cvt.u32.u16 %r3, %h3; st.global.v2.b32 [%d2], {%r2, %r3};", {0x33441122, 0x5566});
  expectWords("mov.b64 {%h1, %h2, %h3, %h4}, 0x1122334455667788; mov.b64 %d3, {%h4, %h3, %h2, %h1}; st.global.b64 [%d2], %d3;", {0x33441122, 0x77885566});
}
TEST("scope_registersOfABlockAreItsOwn") {
  expectWords("mov.b32 %r2, 1;\n{ .reg .b32 %r2; mov.b32 %r2, 5; bra IN; IN: st.global.b32 [%d2], %r2; }\n{ bra IN; IN: st.global.b32 [%d2+4], %r2; }", {5, 1});
}

namespace {
struct Update {
  const char* operation;
  std::uint64_t old;
  std::string operands;
  std::uint64_t expected;
};
// atom in global and shared memory, red, through a generic address.
void expectUpdates(const std::string& type, int bytes, const std::vector<Update>& updates) {
  const std::string r = bytes == 2 ? "%h" : bytes == 4 ? "%r" : "%d", b = ".b" + std::to_string(8 * bytes);
  for (const Update& one : updates) {
    const std::string name = std::string(".") + one.operation + "." + type, old = std::to_string(one.old);
    const std::string give = "ld.global" + b + " " + r + "13, [%d2]; st.global" + b + " [%d2+8], " + r + "12; st.global" + b + " [%d2+16], " + r + "13;";
    std::vector<std::string> bodies = {"st.global" + b + " [%d2], " + old + "; atom.global" + name + " " + r + "12, [%d2], " + one.operands + "; " + give,
                                       "st.shared" + b + " [s], " + old + "; atom.shared" + name + " " + r + "12, [s], " + one.operands + "; ld.shared" + b + " " + r + "14, [s]; st.global" + b + " [%d2], " + r + "14; " + give,
                                       "st.global" + b + " [%d2], " + old + "; atom.acq_rel.gpu" + name + " " + r + "12, [%d2], " + one.operands + "; " + give};
    if (std::string(one.operation) != "cas" && std::string(one.operation) != "exch")
      bodies.push_back("st.global" + b + " [%d2], " + old + "; ld.global" + b + " " + r + "12, [%d2]; red.relaxed.gpu.global" + name + " [%d2], " + one.operands + "; " + give);
    for (const std::string& body : bodies) {
      const auto got = words(body, 1, 6);
      auto at = [&](std::size_t n) { return (got[n] | static_cast<std::uint64_t>(got[n + 1]) << 32) & (bytes == 8 ? kAll : (1ull << 8 * bytes) - 1); };
      expectEqual(one.old, at(2), name + ": old value");
      expectEqual(one.expected, at(4), name + ": new value");
    }
  }
}
}  // namespace

TEST("atomic_integers") {
  expectUpdates("u32", 4, {{"add", 0xffffffff, "2", 1}, {"min", 5, "7", 5}, {"max", 5, "7", 7}, {"inc", 5, "7", 6}, {"inc", 7, "7", 0}, {"dec", 0, "7", 7}, {"dec", 9, "7", 7}, {"dec", 5, "7", 4}});
  expectUpdates("s32", 4, {{"add", 5, "-2", 3}, {"min", 0xffffffff, "1", 0xffffffff}, {"max", 0xffffffff, "1", 1}});
  expectUpdates("u64", 8, {{"add", kAll, "2", 1}, {"min", kAll, "1", 1}, {"max", kAll, "1", kAll}});
  expectUpdates("s64", 8, {{"add", kAll, "2", 1}, {"min", kAll, "1", kAll}, {"max", kAll, "1", 1}});
  expectUpdates("b32", 4, {{"and", 12, "10", 8}, {"or", 12, "10", 14}, {"xor", 12, "10", 6}, {"exch", 12, "10", 10}, {"cas", 12, "12, 10", 10}, {"cas", 12, "11, 10", 12}});
  expectUpdates("b64", 8, {{"and", 12, "10", 8}, {"or", 12, "10", 14}, {"xor", 12, "10", 6}, {"exch", 12, "10", 10}, {"cas", 12, "12, 10", 10}});
  expectUpdates("b16", 2, {{"cas", 12, "12, 10", 10}});
}
TEST("atomic_floats") {
  expectUpdates("f32", 4, {{"add", F(1.5f), "0f40000000", F(3.5f)}, {"add", kInf, "0fFF800000", kNan}});
  expectUpdates("f64", 8, {{"add", D(1.5), "0d4000000000000000", D(3.5)}});
  expectUpdates("f16", 2, {{"add.noftz", 0x3c00, "0x3c00", 0x4000}});
  expectUpdates("bf16", 2, {{"add.noftz", 0x3f80, "0x3f80", 0x4000}});
  expectUpdates("f16x2", 4, {{"add.noftz", 0x3c003c00, "0x40003c00", 0x42004000}});
  expectUpdates("bf16x2", 4, {{"add.noftz", 0x3f803f80, "0x40003f80", 0x40404000}});
}
TEST("atomic_lanesOneAfterTheOther") { expectWords("red.global.add.u32 [%d2], %r1;", {64 * 63 / 2}, 64); }

TEST("memory_hostSide") {
  machine::DeviceMemory memory(1, 4096);
  const machine::Address a = memory.allocate(1000, "a");
  expect(a % 256 == 0 && memory.owns(a), "aligned and ours");
  expectEqual(machine::Address{0}, memory.allocate(4000, "b"), "beyond the capacity");
  expect(memory.write(a + 990, "0123456789", 11).value().find("1 bytes too many") != std::string::npos, "too long");
  expect(!memory.fill(a, 0x01020304, 4, 250), "fill");
  std::uint32_t word = 0;
  expect(!memory.read(&word, a + 996, 4) && word == 0x01020304, "filled");
  const machine::Address b = memory.allocate(1000, "b");
  expect(!memory.copyFrom(b, memory, a, 1000), "copied");
  expect(memory.free(a) && !memory.free(a) && !memory.free(b + 1), "freed once, by its start");
  expect(memory.read(&word, a, 4).value().find("which was freed") != std::string::npos, "after free");
  expectEqual(std::size_t{1}, memory.live().size(), "still there");
  expectEqual(std::uint64_t{1000}, memory.statistics().used, "used");
}
TEST("freed_longAgo_isForgotten") {
  machine::DeviceMemory memory(0, 1 << 20);
  const machine::Address first = memory.allocate(64, "first");
  memory.free(first);
  expect(memory.wasFreed(first), "just freed");
  for (int n = 0; n < 10000; n++) memory.free(memory.allocate(64, "other"));
  expect(!memory.wasFreed(first) && memory.find(first, 1) == nullptr, "unknown, but still no memory");
}
