// Instructions between lanes and threads: shuffles, votes, matches, barriers, special registers.
#include "evaluate.h"

using namespace test;

namespace {

// One word per thread: what the body leaves in %r0.
std::vector<std::uint32_t> perThread(const std::string& body, std::uint32_t threads = 32, std::uint32_t blocks = 1, const std::function<void(Device&)>& prepare = {}) {
  Device device(".version 8.6\n.target sm_90\n.address_size 64\n.visible .entry t(.param .u64 out) {\n.reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %d<8>; .shared .align 8 .b64 s[64];\n"
                "ld.param.u64 %d1, [out]; mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mad.lo.u32 %r4, %r2, %r3, %r1;\nmul.wide.u32 %d2, %r4, 4; add.u64 %d1, %d1, %d2;\n" +
                body + "\nst.global.b32 [%d1], %r0;\nret; }");
  if (prepare) prepare(device);
  const machine::Address out = device.reserve(4 * threads * blocks);
  expectClean(device.run("t", blocks, threads, out));
  return device.download<std::uint32_t>(out, threads * blocks);
}

void expectPerThread(const std::string& body, const std::function<std::uint32_t(std::uint32_t)>& expected, std::uint32_t threads = 32, std::uint32_t blocks = 1,
                     const std::function<void(Device&)>& prepare = {}) {
  const auto got = perThread(body, threads, blocks, prepare);
  for (std::uint32_t n = 0; n < got.size(); n++) expectEqual(expected(n), got[n], body + ": thread " + std::to_string(n));
}

}  // namespace

TEST("shuffle_kinds") {
  using U = std::uint32_t;
  expectPerThread("shfl.sync.bfly.b32 %r0, %r1, 5, 31, -1;", [](U n) { return n ^ 5; });
  expectPerThread("shfl.sync.down.b32 %r0, %r1, 5, 31, -1;", [](U n) { return n + 5 < 32 ? n + 5 : n; });
  expectPerThread("shfl.sync.up.b32 %r0, %r1, 5, 0, -1;", [](U n) { return n >= 5 ? n - 5 : n; });
  expectPerThread("shfl.sync.idx.b32 %r0, %r1, 3, 31, -1;", [](U) { return 3; });
  // Segments of 8: c is (32 - 8) << 8 | 31.
  expectPerThread("shfl.sync.down.b32 %r0|%p1, %r1, 3, 0x181f, -1;", [](U n) { return n % 8 + 3 < 8 ? n + 3 : n; });
  expectPerThread("shfl.sync.up.b32 %r0, %r1, 3, 0x1800, -1;", [](U n) { return n % 8 >= 3 ? n - 3 : n; });
  expectPerThread("shfl.sync.idx.b32 %r0, %r1, 2, 0x181f, -1;", [](U n) { return n / 8 * 8 + 2; });
  expectPerThread("shfl.sync.down.b32 %r5|%p1, %r1, 30, 31, -1; selp.b32 %r0, 1, 0, %p1;", [](U n) { return n < 2; });
  expectPerThread("mov.b32 %r0, 9; setp.lt.u32 %p1, %r1, 4; @%p1 shfl.sync.bfly.b32 %r0, %r1, 1, 31, 15;", [](U n) { return n < 4 ? n ^ 1 : 9; });
}
TEST("vote_kinds") {
  using U = std::uint32_t;
  const std::string odd = "and.b32 %r5, %r1, 1; setp.ne.u32 %p1, %r5, 0; ";
  expectPerThread(odd + "vote.sync.ballot.b32 %r0, %p1, -1;", [](U) { return 0xaaaaaaaa; });
  expectPerThread(odd + "vote.sync.ballot.b32 %r0, !%p1, -1;", [](U) { return 0x55555555; });
  expectPerThread(odd + "vote.sync.any.pred %p2, %p1, -1; selp.b32 %r0, 1, 0, %p2;", [](U) { return 1; });
  expectPerThread(odd + "vote.sync.all.pred %p2, %p1, -1; selp.b32 %r0, 1, 0, %p2;", [](U) { return 0; });
  expectPerThread(odd + "vote.sync.uni.pred %p2, %p1, -1; selp.b32 %r0, 1, 0, %p2;", [](U) { return 0; });
  expectPerThread("activemask.b32 %r0;", [](U) { return 0x1f; }, 5);
  expectPerThread("and.b32 %r5, %r1, 3; match.any.sync.b32 %r0, %r5, -1;", [](U n) { return 0x11111111u << (n & 3); });
  expectPerThread("cvt.u64.u32 %d3, %r2; match.all.sync.b64 %r0|%p1, %d3, -1; selp.b32 %r5, 1, 0, %p1; sub.u32 %r0, %r0, %r5;", [](U) { return 0xfffffffe; });
  expectPerThread("match.all.sync.b32 %r0, %r1, -1;", [](U) { return 0; });
  expectPerThread("match.any.sync.b64 %r0, %d1, -1;", [](U n) { return 1u << n; });
  expectPerThread("elect.sync %r0|%p1, -1; @%p1 add.u32 %r0, %r0, 5;", [](U n) { return n == 0 ? 5 : 0; });
}
TEST("redux_kinds") {
  using U = std::uint32_t;
  const std::vector<std::pair<std::string, U>> forms = {{"add.u32", 496}, {"add.s32", 496}, {"min.u32", 0}, {"max.u32", 31}, {"and.b32", 0}, {"or.b32", 31}, {"xor.b32", 0}};
  for (const auto& [form, result] : forms) expectPerThread("redux.sync." + form + " %r0, %r1, -1;", [result = result](U) { return result; });
  expectPerThread("sub.s32 %r5, %r1, 16; redux.sync.min.s32 %r0, %r5, -1;", [](U) { return 0xfffffff0; });
  expectPerThread("sub.s32 %r5, %r1, 40; redux.sync.max.s32 %r0, %r5, -1;", [](U) { return 0xfffffff7; });
}
TEST("special_registers") {
  using U = std::uint32_t;
  expectPerThread("mov.u32 %r0, %laneid;", [](U n) { return n % 32; }, 64);
  expectPerThread("mov.u32 %r0, %lanemask_lt;", [](U n) { return (1u << n) - 1; });
  expectPerThread("mov.u32 %r0, %lanemask_le;", [](U n) { return (2u << n) - 1; });
  expectPerThread("mov.u32 %r0, %lanemask_eq;", [](U n) { return 1u << n; });
  expectPerThread("mov.u32 %r0, %lanemask_ge;", [](U n) { return ~((1u << n) - 1); });
  expectPerThread("mov.u32 %r0, %lanemask_gt;", [](U n) { return ~((2u << n) - 1); });
  expectPerThread("mov.u32 %r5, %warpid; mov.u32 %r6, %nwarpid; mad.lo.u32 %r0, %r6, 10, %r5;", [](U n) { return 20 + n / 32; }, 64);
  expectPerThread("mov.u32 %r5, %nctaid.x; mad.lo.u32 %r0, %r5, 10, %r2;", [](U n) { return 30 + n / 32; }, 32, 3);
  expectPerThread("mov.u32 %r5, %cluster_ctarank; mov.u32 %r6, %cluster_nctarank; mov.u32 %r7, %clusterid.x; mad.lo.u32 %r0, %r6, 10, %r5; mad.lo.u32 %r0, %r7, 100, %r0;",
                  [](U n) { return n / 2 * 100 + 20 + n % 2; }, 1, 4, [](Device& d) { d.launch.cluster = {2, 1, 1}; });
  expectPerThread("mov.u64 %d3, %clock64; mov.u32 %r5, %clock; mov.u64 %d4, %globaltimer; setp.ge.u64 %p1, %d4, %d3; selp.b32 %r0, 1, 0, %p1;", [](U) { return 1; });
  expectPerThread("mov.b32 %r0, WARP_SZ;", [](U) { return 32; });
}
TEST("branch_divergesAndMeets") {
  using U = std::uint32_t;
  expectPerThread("mov.b32 %r0, 0; mov.b32 %r5, 0;\nL: add.u32 %r0, %r0, 2; add.u32 %r5, %r5, 1; setp.lt.u32 %p1, %r5, %r1; @%p1 bra L;\nbar.sync 0;", [](U n) { return n ? 2 * n : 2; }, 96);
  expectPerThread("setp.lt.u32 %p1, %r1, 7; @%p1 bra A; mov.b32 %r0, 1; bra.uni E;\nA: mov.b32 %r0, 2;\nE: shfl.sync.idx.b32 %r5, %r0, 0, 31, -1; add.u32 %r0, %r0, %r5;", [](U n) { return n < 7 ? 4 : 3; });
}
TEST("lock_spinningLanesLetTheOwnerPass") {
  // All lanes of all warps take a lock in shared memory, one after the other.
  expectPerThread("setp.ne.u32 %p1, %r1, 0; @!%p1 st.shared.b64 [s], 0; bar.sync 0;\n"
                  "L: atom.shared.cas.b32 %r5, [s], 0, 1; setp.ne.u32 %p2, %r5, 0; @%p2 bra L;\nmembar.cta; ld.shared.b32 %r6, [s+4]; add.u32 %r6, %r6, 1; st.shared.b32 [s+4], %r6; membar.cta;\n"
                  "atom.shared.exch.b32 %r5, [s], 0;\nbar.sync 0; ld.shared.b32 %r0, [s+4];", [](std::uint32_t) { return 64; }, 64);
}
TEST("barrier_reductions") {
  using U = std::uint32_t;
  expectPerThread("setp.lt.u32 %p1, %r1, 5; bar.red.popc.u32 %r0, 0, %p1;", [](U) { return 5; }, 64);
  expectPerThread("setp.lt.u32 %p1, %r1, 5; barrier.red.popc.u32 %r0, 0, !%p1;", [](U) { return 59; }, 64);
  expectPerThread("setp.lt.u32 %p1, %r1, 5; bar.red.and.pred %p2, 0, %p1; selp.b32 %r0, 1, 0, %p2;", [](U) { return 0; }, 64);
  expectPerThread("setp.lt.u32 %p1, %r1, 5; bar.red.or.pred %p2, 0, %p1; selp.b32 %r0, 1, 0, %p2;", [](U) { return 1; }, 64);
}
TEST("barrier_named") {
  // Warp 0 produces and only arrives, warp 1 consumes and waits.
  expectPerThread("mov.b32 %r0, 7; setp.ge.u32 %p1, %r1, 32; @%p1 bra C; shl.b32 %r5, %r1, 2; mov.u32 %r6, s; add.u32 %r6, %r6, %r5; st.shared.b32 [%r6], %r1; bar.arrive 1, 64; bra E;\n"
                  "C: bar.sync 1, 64; sub.u32 %r5, 63, %r1; shl.b32 %r5, %r5, 2; mov.u32 %r6, s; add.u32 %r6, %r6, %r5; ld.shared.b32 %r0, [%r6];\nE:", [](std::uint32_t n) { return n < 32 ? 7 : 63 - n; }, 64);
}
TEST("mbarrier_tokensAndParity") {
  const std::string init = "setp.ne.u32 %p1, %r1, 0; @!%p1 mbarrier.init.shared::cta.b64 [s], 64; bar.sync 0;\n";
  expectPerThread(init + "mbarrier.arrive.shared::cta.b64 %d3, [s];\nW: mbarrier.test_wait.shared::cta.b64 %p2, [s], %d3; @!%p2 bra W; mov.b32 %r0, 1;", [](std::uint32_t) { return 1; }, 64);
  expectPerThread(init + "mbarrier.arrive.release.cta.shared::cta.b64 _, [s];\nW: mbarrier.try_wait.parity.shared::cta.b64 %p2, [s], 0, 1000; @!%p2 bra W;\n"
                         "mbarrier.arrive.shared.b64 _, [s], 1;\nV: mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 %p2, [s], 1; @!%p2 bra V; bar.sync 0; @!%p1 mbarrier.inval.shared.b64 [s]; mov.b32 %r0, 1;",
                  [](std::uint32_t) { return 1; }, 64);
}
TEST("grid_softwareBarrier") {
  // Every block leaves its number, waits for all, and reads its neighbour's.
  Device device(".version 8.6\n.target sm_75\n.address_size 64\n.visible .entry t(.param .u64 count, .param .u64 data, .param .u64 out) {\n.reg .pred %p<4>; .reg .b32 %r<16>; .reg .b64 %d<16>;\n"
                "ld.param.u64 %d1, [count]; ld.param.u64 %d2, [data]; ld.param.u64 %d3, [out]; mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %nctaid.x;\n"
                "mul.wide.u32 %d4, %r2, 4; add.u64 %d5, %d2, %d4; add.u64 %d6, %d3, %d4; setp.eq.u32 %p1, %r1, 5; @%p1 st.global.b32 [%d5], %r2; bar.sync 0;\n"
                "setp.ne.u32 %p2, %r1, 0; @%p2 bra B; membar.gl; red.global.add.u32 [%d1], 1;\nW: ld.volatile.global.b32 %r4, [%d1]; setp.ne.u32 %p3, %r4, %r3; @%p3 bra W; membar.gl;\n"
                "B: bar.sync 0; xor.b32 %r5, %r2, 1; mul.wide.u32 %d7, %r5, 4; add.u64 %d7, %d2, %d7; ld.global.b32 %r6, [%d7]; @%p1 st.global.b32 [%d6], %r6; ret; }", 75);
  for (std::uint64_t seed : {0, 3, 9}) {
    device.launch.seed = seed;
    device.launch.cooperative = true;
    const machine::Address out = device.reserve(32);
    expectClean(device.run("t", 8, 64, device.upload(std::vector<std::uint32_t>{0}), device.reserve(32), out));
    for (std::uint32_t n = 0; n < 8; n++) expectEqual(n ^ 1, device.download<std::uint32_t>(out, 8)[n], "block");
  }
}
