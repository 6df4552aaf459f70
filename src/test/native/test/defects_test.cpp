// One kernel per seeded defect: found, of the right kind, at the right line, and nothing else at
// other lines. Line 1 of the body is the first line of the raw text.
#include "test.h"

using namespace test;
using machine::FindingKind;

namespace {

const char* kHead =
    ".version 8.6\n.target sm_90\n.address_size 64\n"
    ".visible .entry t(.param .u64 in, .param .u64 out, .param .u32 n) {\n"
    ".reg .pred %p<8>; .reg .b16 %h<8>; .reg .b32 %r<32>; .reg .f32 %f<16>; .reg .b64 %d<32>;\n"
    ".shared .align 16 .b8 s[2048]; .shared .align 8 .b64 bar; .local .align 4 .b8 loc[64];\n"
    "ld.param.u64 %d1, [in]; ld.param.u64 %d2, [out]; ld.param.u32 %r9, [n];\n"
    "mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mad.lo.u32 %r4, %r2, %r3, %r1;\n"
    "mul.wide.u32 %d3, %r4, 4; add.u64 %d4, %d1, %d3; add.u64 %d5, %d2, %d3;\n"
    "mov.u32 %r5, s; shl.b32 %r6, %r1, 2; add.u32 %r7, %r5, %r6; and.b32 %r8, %r1, 31;\n";
const int kHeadLines = 10;


// `in` has 1024 floats, `out` 1024 uninitialised ones.
machine::LaunchResult runBody(const std::string& body, std::uint32_t blocks, std::uint32_t threads, std::uint32_t n = 1024,
                              const std::function<void(Device&)>& prepare = {}) {
  Device device(kHead + body + "\nret;\n}\n");
  const machine::Address in = device.upload(std::vector<float>(1024, 1.0f), "in"), out = device.reserve(4096, "out");
  if (prepare) prepare(device);
  return device.run("t", blocks, threads, in, out, n);
}

void expectDefect(FindingKind kind, int line, const std::string& body, std::uint32_t blocks, std::uint32_t threads, std::uint32_t n = 1024,
                  const std::function<void(Device&)>& prepare = {}) {
  for (std::uint64_t seed : {0, 1, 5}) {
    auto result = runBody(body, blocks, threads, n, [&](Device& device) {
      device.launch.seed = seed;
      if (prepare) prepare(device);
    });
    expectFinding(result, kind, kHeadLines + line);
    for (const machine::Finding& one : result.findings)
      if (one.kind != kind) throw Failure("also found: " + one.message);
  }
}

// The finding is there, beside others that the same defect causes.
void expectAmong(FindingKind kind, int line, const std::string& body, std::uint32_t blocks, std::uint32_t threads, const std::function<void(Device&)>& prepare = {}) {
  expectFinding(runBody(body, blocks, threads, 1024, prepare), kind, kHeadLines + line);
}

void expectGood(const std::string& body, std::uint32_t blocks, std::uint32_t threads, std::uint32_t n = 1024, const std::function<void(Device&)>& prepare = {}) {
  for (std::uint64_t seed : {0, 1, 5})
    expectClean(runBody(body, blocks, threads, n, [&](Device& device) {
      device.launch.seed = seed;
      if (prepare) prepare(device);
    }));
}

}  // namespace

TEST("defect_readBehindTheEnd") { expectDefect(FindingKind::OutOfBounds, 1, "ld.global.f32 %f1, [%d4+4];", 4, 256); }

TEST("defect_outOfBoundsNamesTheDistance") {
  auto result = runBody("st.global.f32 [%d4+4100], %f1;", 1, 1);
  expectEqual(700, static_cast<int>(result.status), "status");
  expect(result.message.find("4 bytes after the end of the allocation of 4096 bytes") != std::string::npos, result.message);
  expect(result.message.find("(in)") != std::string::npos, result.message);
}

TEST("defect_nullPointer") { expectDefect(FindingKind::OutOfBounds, 2, "mov.u64 %d6, 16;\nld.global.f32 %f1, [%d6];", 1, 1); }

TEST("defect_useAfterFree") {
  Device device(std::string(kHead) + "ld.global.f32 %f1, [%d4];\nret; }");
  const machine::Address in = device.upload(std::vector<float>(1024)), out = device.reserve(4096);
  device.memory.free(in);
  auto result = device.run("t", 1, 32, in, out, 0u);
  expectFinding(result, FindingKind::UseAfterFree, kHeadLines + 1);
  expectEqual(700, static_cast<int>(result.status), "status");
}

TEST("defect_uninitialisedGlobalRead") { expectDefect(FindingKind::UninitialisedRead, 1, "ld.global.f32 %f1, [%d5];", 2, 64); }
TEST("defect_uninitialisedSharedRead") { expectDefect(FindingKind::UninitialisedRead, 1, "ld.shared.f32 %f1, [%r7];", 1, 64); }
TEST("defect_uninitialisedLocalRead") { expectDefect(FindingKind::UninitialisedRead, 2, "st.local.u32 [loc], %r1;\nld.local.u32 %r10, [loc+4];", 1, 64); }
TEST("defect_uninitialisedAtomic") { expectDefect(FindingKind::UninitialisedRead, 1, "red.global.add.u32 [%d2], 1;", 1, 1); }

TEST("defect_misalignedVector") {
  expectDefect(FindingKind::Misaligned, 1, "ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%d1+8];", 1, 1);
  expectEqual(716, static_cast<int>(runBody("ld.global.u32 %r10, [%d1+2];", 1, 1).status), "status");
}

TEST("defect_sharedOutOfBounds") {
  expectDefect(FindingKind::OutOfBounds, 1, "st.shared.u32 [%r7+2056], %r1;", 1, 32);
  expectDefect(FindingKind::OutOfBounds, 1, "st.shared.u32 [%r5+-4], %r1;", 1, 1);
}
TEST("defect_localOutOfBounds") { expectDefect(FindingKind::OutOfBounds, 2, "mov.u32 %r10, loc;\nst.local.u32 [%r10+64], %r1;", 1, 1); }

TEST("defect_missingBarrierAfterSharedWrite") {
  const std::string body = "st.shared.u32 [%r7], %r1;\n%BARRIER%\nxor.b32 %r10, %r6, 256;\nadd.u32 %r10, %r5, %r10;\nld.shared.u32 %r11, [%r10];";
  auto with = [&](const std::string& barrier) { return std::string(body).replace(body.find("%BARRIER%"), 9, barrier); };
  expectGood(with("bar.sync 0;"), 1, 128);
  expectAmong(FindingKind::SharedRace, 5, with("// none"), 1, 128);
}

TEST("defect_missingBarrierBeforeReuse") {
  const std::string body =
      "st.shared.u32 [%r7], %r1;\nbar.sync 0;\nxor.b32 %r10, %r6, 256;\nadd.u32 %r10, %r5, %r10;\nld.shared.u32 %r11, [%r10];\n%B\nst.shared.u32 [%r7], %r11;";
  auto with = [&](const std::string& barrier) { return std::string(body).replace(body.find("%B"), 2, barrier); };
  expectGood(with("bar.sync 0;"), 2, 128);
  auto result = runBody(with(""), 2, 128);
  expect(!result.findings.empty() && result.findings[0].kind == FindingKind::SharedRace, "a race");
}

TEST("defect_missingWarpSync") {
  const std::string body = "st.shared.u32 [%r7], %r1;\n%B\nxor.b32 %r10, %r6, 4;\nadd.u32 %r10, %r5, %r10;\nld.shared.u32 %r11, [%r10];";
  auto with = [&](const std::string& barrier) { return std::string(body).replace(body.find("%B"), 2, barrier); };
  expectGood(with("bar.warp.sync -1;"), 1, 64);
  expectDefect(FindingKind::SharedRace, 5, with(""), 1, 64);
}

TEST("defect_blocksWriteTheSamePlace") { expectDefect(FindingKind::GlobalRace, 1, "st.global.u32 [%d2], %r2;", 2, 1); }
TEST("defect_readOnlyCacheOfWhatIsWritten") {
  expectGood("ld.global.nc.f32 %f1, [%d4];\nst.global.f32 [%d5], %f1;", 2, 64);
  expectDefect(FindingKind::ReadOnlyCache, 2, "st.global.u32 [%d5], %r1;\nld.global.nc.u32 %r10, [%d5];", 2, 64);
  expectDefect(FindingKind::ReadOnlyCache, 2, "ld.global.nc.f32 %f1, [%d4];\nst.global.f32 [%d4], %f1;", 2, 64);
}
TEST("defect_blockReadsWhatAnotherWrote") {
  auto result = runBody("st.global.u32 [%d5], %r2;\nxor.b32 %r10, %r4, 64;\nmul.wide.u32 %d6, %r10, 4;\nadd.u64 %d6, %d2, %d6;\nld.global.u32 %r11, [%d6];", 2, 64);
  bool race = false;
  for (const auto& one : result.findings) race |= one.kind == FindingKind::GlobalRace;
  expect(race, "a race between the blocks");
}
TEST("defect_readByAnotherBlockBehindTwoOwnReads") {
  // Each block reads the counter as volatile; the second also plainly, and then writes it.
  expectAmong(FindingKind::GlobalRace, 5, "setp.ne.u32 %p1, %r2, 1;\nld.volatile.global.u32 %r10, [%d1];\n@%p1 bra DONE;\nld.global.u32 %r10, [%d1];\nst.global.u32 [%d1], %r10;\nDONE:", 2, 1);
}
TEST("defect_lostUpdate") { expectDefect(FindingKind::GlobalRace, 2, "ld.global.u32 %r10, [%d1]; add.u32 %r10, %r10, 1;\nst.global.u32 [%d1], %r10;", 1, 64, 0, [](Device& d) { d.launch.maxFindings = 1; }); }
TEST("defect_atomicMixedWithPlainRead") { expectDefect(FindingKind::GlobalRace, 2, "red.global.add.u32 [%d1], 1;\nld.global.u32 %r10, [%d1];", 2, 32); }

namespace {
// Every block leaves a number, the last one to draw a ticket adds them up.
std::string ticket(const std::string& release, const std::string& acquire) {
  return "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra DONE;\nmul.wide.u32 %d6, %r2, 4;\nadd.u64 %d6, %d2, %d6;\nst.global.u32 [%d6], %r2;\n" + release +
         "\natom.global.add.u32 %r10, [%d1], 1;\nmov.u32 %r11, %nctaid.x;\nadd.u32 %r11, %r11, 1065353215;\nsetp.ne.u32 %p2, %r10, %r11;\n@%p2 bra DONE;\n" + acquire +
         "\nld.global.u32 %r12, [%d2];\nld.global.u32 %r12, [%d2+4];\nld.global.u32 %r12, [%d2+8];\nDONE:";
}
}  // namespace

TEST("good_ticketOfTheLastBlock") { expectGood(ticket("membar.gl;", "membar.gl;"), 3, 64); }
TEST("good_ticketWithOrderOnTheAtomic") {
  std::string body = ticket("", "");
  body.replace(body.find("atom.global.add"), 15, "atom.acq_rel.gpu.global.add");
  expectGood(body, 3, 64);
}
TEST("defect_ticketWithoutRelease") {
  auto result = runBody(ticket("", "membar.gl;"), 3, 64);
  expect(!result.findings.empty() && result.findings[0].kind == FindingKind::GlobalRace, "a race");
}
TEST("defect_ticketWithoutAcquire") {
  auto result = runBody(ticket("membar.gl;", ""), 3, 64);
  expect(!result.findings.empty() && result.findings[0].kind == FindingKind::GlobalRace, "a race");
}
TEST("defect_ticketWithFenceOfTheBlockOnly") {
  auto result = runBody(ticket("membar.cta;", "membar.gl;"), 3, 64);
  expect(!result.findings.empty() && result.findings[0].kind == FindingKind::GlobalRace, "a race");
}

TEST("defect_divergentBarrier") { expectDefect(FindingKind::DivergentBarrier, 3, "setp.lt.u32 %p1, %r1, 16;\n@!%p1 bra OTHER;\nbar.sync 0;\nbra DONE;\nOTHER: bar.sync 0;\nDONE:", 1, 32); }
TEST("defect_barrierThatOneWarpMisses") {
  expectDefect(FindingKind::MissingBarrierArrival, 3, "setp.lt.u32 %p1, %r1, 32;\n@!%p1 bra OTHER;\nbar.sync 1;\nbra DONE;\nOTHER: bar.sync 2, 64;\nDONE:", 1, 64);
}
TEST("defect_warpsAtDifferentBarriers") {
  auto result = runBody("setp.lt.u32 %p1, %r1, 32;\n@!%p1 bra OTHER;\nbar.sync 0;\nbra DONE;\nOTHER: bar.sync 0;\nDONE:", 1, 64);
  expect(!result.findings.empty() && result.findings[0].kind == FindingKind::DivergentBarrier, "a divergent barrier");
}
TEST("good_threadsThatEndedAreNotExpected") { expectGood("setp.ge.u32 %p1, %r1, 40;\n@%p1 ret;\nbar.sync 0;", 2, 96); }

TEST("defect_shuffleNamesAbsentLanes") { expectAmong(FindingKind::IdleLaneShuffle, 3, "setp.ge.u32 %p1, %r1, 16;\n@%p1 bra DONE;\nshfl.sync.bfly.b32 %r10, %r1, 8, 31, -1;\nDONE: bar.sync 0;", 1, 32); }
TEST("defect_shuffleReadsAnIdleLane") { expectDefect(FindingKind::IdleLaneShuffle, 3, "setp.ge.u32 %p1, %r1, 16;\n@%p1 bra DONE;\nshfl.sync.bfly.b32 %r10, %r1, 16, 31, 65535;\nDONE:", 1, 32); }
TEST("defect_shuffleOutsideItsMask") { expectDefect(FindingKind::IdleLaneShuffle, 1, "shfl.sync.bfly.b32 %r10, %r1, 1, 31, 65535;", 1, 32); }

TEST("defect_asyncCopyWithoutWait") {
  const std::string body = "cp.async.ca.shared.global [%r7], [%d4], 4;\ncp.async.commit_group;\n%W\nld.shared.f32 %f1, [%r7];";
  auto with = [&](const std::string& wait) { return std::string(body).replace(body.find("%W"), 2, wait); };
  expectGood(with("cp.async.wait_group 0;"), 2, 64);
  expectGood(with("cp.async.wait_all;"), 2, 64);
  expectDefect(FindingKind::MissingWait, 4, with(""), 2, 64);
  expectDefect(FindingKind::MissingWait, 4, with("cp.async.wait_group 1;"), 2, 64);
}
TEST("defect_asyncCopyWaitWithoutBarrier") {
  expectAmong(FindingKind::SharedRace, 5, "cp.async.ca.shared.global [%r7], [%d4], 4;\ncp.async.wait_all;\nxor.b32 %r10, %r6, 256;\nadd.u32 %r10, %r5, %r10;\nld.shared.f32 %f1, [%r10];", 1, 128);
}
TEST("defect_asyncCopyOverUnreadData") {
  expectDefect(FindingKind::SharedRace, 5,
               "st.shared.u32 [%r7], %r1;\nbar.sync 0;\nxor.b32 %r10, %r6, 128; add.u32 %r10, %r5, %r10;\nld.shared.u32 %r11, [%r10];\ncp.async.ca.shared.global [%r7], [%d4], 4;\ncp.async.wait_all;", 1, 64);
}

TEST("defect_endlessLoop") {
  for (const char* body : {"LOOP: ld.global.u32 %r10, [%d1];\nsetp.ne.u32 %p1, %r10, 7;\n@%p1 bra LOOP;", "LOOP: bra LOOP;"}) {
    auto result = runBody(body, 2, 64, 0, [](Device& device) { device.launch.maxIdleWarpInstructions = 100'000; });
    expectEqual(702, static_cast<int>(result.status), "status");
    expect(!result.findings.empty() && result.findings[0].kind == FindingKind::EndlessLoop, "an endless loop");
  }
}
TEST("defect_endlessLoopThatStores") {
  auto result = runBody("LOOP: st.global.u32 [%d5], %r1;\nbra LOOP;", 1, 32, 0, [](Device& device) { device.launch.maxWarpInstructions = 100'000; });
  expectEqual(702, static_cast<int>(result.status), "status");
}
TEST("defect_trap") {
  auto result = runBody("trap;", 1, 32);
  expectFinding(result, FindingKind::Trap, kHeadLines + 1);
  expectEqual(719, static_cast<int>(result.status), "status");
}
TEST("defect_sourceLineIsNamed") {
  Device device(".version 8.6\n.target sm_75\n.address_size 64\n.file 1 \"kernel.cu\"\n.file 2 \"tool.hpp\"\n.visible .entry t(.param .u64 out) {\n.reg .b64 %d<2>;\n.reg .b32 %r<2>;\n"
                "ld.param.u64 %d1, [out];\n.loc 2 7 3, function_name $L__info_string0, inlined_at 1 42 5\nld.global.u32 %r1, [%d1];\nret;\n}\n.section .debug_str\n{\n$L__info_string0:\n.b8 95\n}\n", 75);
  auto result = device.run("t", 1, 1, device.reserve(16));
  expectFinding(result, FindingKind::UninitialisedRead, 11);
  expectEqual(std::string("kernel.cu"), result.findings[0].sourceFile, "file");
  expectEqual(42, result.findings[0].sourceLine, "line");
  expect(result.findings[0].message.find("kernel.cu:42, PTX line 11") != std::string::npos, result.findings[0].message);
}

// mbarriers and bulk copies: one thread copies 64 floats and everybody waits.
namespace {
std::string bulkLoad(const std::string& wait) {
  return "mov.u32 %r10, bar;\nsetp.ne.u32 %p1, %r1, 0;\n@%p1 bra A;\nmbarrier.init.shared.b64 [%r10], 1;\nA: bar.sync 0;\n@%p1 bra B;\n"
         "mbarrier.arrive.expect_tx.shared.b64 %d10, [%r10], 256;\ncp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r5], [%d1], 256, [%r10];\nB:\n" +
         wait + "\nld.shared.f32 %f1, [%r7];\nst.global.f32 [%d5], %f1;";
}
const char* kWait = "W: mbarrier.try_wait.parity.shared.b64 %p2, [%r10], 0;\n@!%p2 bra W;";
std::string bulkStore(const std::string& fence, const std::string& after) {
  return "st.shared.f32 [%r7], 0f3F800000;\n" + fence + "\nbar.sync 0;\nsetp.ne.u32 %p1, %r1, 0;\n@%p1 bra B;\ncp.async.bulk.global.shared::cta.bulk_group [%d2], [%r5], 256;\ncp.async.bulk.commit_group;\n" + after +
         "\nst.shared.f32 [%r7], 0f00000000;\nB:";
}
}  // namespace

TEST("good_bulkCopyToShared") { expectGood(bulkLoad(kWait), 1, 64); }
TEST("defect_bulkCopyWithoutWait") {
  expectAmong(FindingKind::MissingWait, 11, bulkLoad(""), 1, 64);
}
TEST("good_bulkCopyToGlobal") { expectGood(bulkStore("fence.proxy.async;", "cp.async.bulk.wait_group.read 0;"), 1, 64); }
TEST("defect_bulkCopyWithoutProxyFence") { expectDefect(FindingKind::MissingWait, 6, bulkStore("", "cp.async.bulk.wait_group 0;"), 1, 64); }
TEST("defect_bulkCopySourceOverwritten") { expectDefect(FindingKind::MissingWait, 9, bulkStore("fence.proxy.async;", ""), 1, 64); }
TEST("defect_bulkCopyOfOddSize") { expectDefect(FindingKind::Misaligned, 2, "fence.proxy.async;\ncp.async.bulk.global.shared::cta.bulk_group [%d2], [%r5], 20;", 1, 1); }
TEST("defect_mbarrierNotInitialised") { expectDefect(FindingKind::BadInstruction, 2, "mov.u32 %r10, bar; st.shared.b64 [%r10], 0;\nmbarrier.arrive.shared.b64 %d10, [%r10];", 1, 1); }
TEST("defect_mbarrierTooManyArrivals") {
  expectDefect(FindingKind::BadInstruction, 2, "mov.u32 %r10, bar; mbarrier.init.shared.b64 [%r10], 2;\nmbarrier.arrive.shared.b64 %d10, [%r10], 3;", 1, 1);
}

// Clusters of two: each block writes to the other's shared memory.
namespace {
std::string neighbour(const std::string& middle, const std::string& end) {
  return "mov.u32 %r10, %cluster_ctarank; xor.b32 %r10, %r10, 1; mapa.shared::cluster.u32 %r11, %r7, %r10;\nbarrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;\n"
         "st.shared::cluster.u32 [%r11], %r1;\n" + middle + "\nld.shared.u32 %r12, [%r7];\n" + end;
}
const char* kClusterSync = "barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;";
void inClusters(Device& device) { device.launch.cluster = {2, 1, 1}; }
}  // namespace

TEST("good_clusterExchange") { expectGood(neighbour(kClusterSync, kClusterSync), 4, 64, 0, inClusters); }
TEST("defect_clusterExchangeWithoutBarrier") {
  auto result = runBody(neighbour("", kClusterSync), 4, 64, 0, inClusters);
  bool found = false;
  for (const auto& one : result.findings) found |= one.kind == FindingKind::SharedRace || one.kind == FindingKind::UninitialisedRead;
  expect(found, "a race or an uninitialised read");
}
TEST("defect_clusterArrivalThatHandsNothingOver") {
  expectAmong(FindingKind::SharedRace, 5, neighbour("barrier.cluster.arrive.relaxed.aligned; barrier.cluster.wait.acquire.aligned;", kClusterSync), 4, 64, inClusters);
}
TEST("defect_clusterWriteBehindTheArrival") {
  expectAmong(FindingKind::SharedRace, 5, neighbour("barrier.cluster.arrive.aligned; st.shared::cluster.u32 [%r11], %r1; barrier.cluster.wait.aligned;", kClusterSync), 4, 64, inClusters);
}
TEST("defect_clusterReadBeforeTheWait") {
  expectAmong(FindingKind::SharedRace, 5, neighbour("barrier.cluster.arrive.aligned;", "barrier.cluster.wait.aligned;"), 4, 64, inClusters);
}
TEST("defect_clusterBlockThatHasNotStarted") {
  expectAmong(FindingKind::BadInstruction, 2, "mov.u32 %r10, %cluster_ctarank; xor.b32 %r10, %r10, 1; mapa.shared::cluster.u32 %r11, %r7, %r10;\nst.shared::cluster.u32 [%r11], %r1;\n" + std::string(kClusterSync), 4, 64, inClusters);
}
TEST("defect_clusterBlockThatEndsEarly") {
  const std::string body = "mov.u32 %r10, %cluster_ctarank; xor.b32 %r10, %r10, 1; mapa.shared::cluster.u32 %r11, %r7, %r10;\n" + std::string(kClusterSync) + "\nst.shared::cluster.u32 [%r11], %r1;";
  expectGood(body + "\n" + kClusterSync, 4, 64, 0, inClusters);
  expectAmong(FindingKind::BadInstruction, 4, body, 4, 64, inClusters);
}
TEST("defect_clusterBarrierOfHalfAWarp") {
  expectAmong(FindingKind::DivergentBarrier, 3, "setp.lt.u32 %p1, %r1, 16;\n@!%p1 bra OTHER;\nbarrier.cluster.arrive.aligned;\nbra DONE;\nOTHER: barrier.cluster.arrive.aligned;\nDONE: barrier.cluster.wait;", 2, 32, inClusters);
}
TEST("defect_clusterRankTooLarge") { expectDefect(FindingKind::BadInstruction, 1, "mapa.shared::cluster.u32 %r11, %r7, 5;", 2, 1, 0, inClusters); }
TEST("defect_clusterBarrierWithoutCluster") { expectDefect(FindingKind::BadInstruction, 1, "barrier.cluster.arrive;", 1, 1); }
