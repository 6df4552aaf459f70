// Counters, launch limits, load errors: what tests of our kernels rely on.
#include "evaluate.h"

using namespace test;

namespace {
machine::LaunchResult counted(const std::string& body, std::uint32_t threads = 32) {
  Device device(".version 8.6\n.target sm_75\n.address_size 64\n.visible .entry t(.param .u64 in) {\n.reg .pred %p<4>; .reg .b32 %r<16>; .reg .b64 %d<16>; .shared .align 16 .b8 s[8192];\n"
                "ld.param.u64 %d1, [in]; mov.u32 %r1, %tid.x; mov.u32 %r8, s;\n" + body + "\nret; }", 75);
  auto result = device.run("t", 1, threads, device.upload(std::vector<float>(4096)));
  expectClean(result);
  return result;
}
std::string at(int stride, int shift = 0) {
  return "mul.wide.u32 %d2, %r1, " + std::to_string(stride) + "; add.u64 %d2, %d2, " + std::to_string(shift) + "; add.u64 %d2, %d1, %d2; ld.global.u32 %r2, [%d2];";
}
machine::LaunchResult shared(int stride, const std::string& access) { return counted("mad.lo.u32 %r3, %r1, " + std::to_string(stride) + ", %r8; " + access); }
machine::LoadResult loaded(const std::string& body, int version = 80, int target = 75, int device = 75, int driver = 999) {
  static machine::DeviceMemory memory(0, 1 << 20);
  machine::LoadOptions options;
  options.computeCapability = device;
  options.maxPtxVersion = driver;
  return machine::load(".version " + std::to_string(version / 10) + "." + std::to_string(version % 10) + "\n.target sm_" + std::to_string(target) +
                           "\n.address_size 64\n.visible .entry t() {\n.reg .b32 %r<4>; .reg .b64 %d<4>; .reg .pred %p<4>;\n" + body + "\nret; }", options, memory);
}
void expectRefused(const std::string& body, const std::string& log) {
  const auto result = loaded(body);
  expectEqual(218, static_cast<int>(result.status), body);
  expectEqual(log, result.log, body);
}
}  // namespace

TEST("counters_sectors") {
  const auto dense = counted(at(4)).counters, strided = counted(at(32)).counters, shifted = counted(at(4, 4)).counters, same = counted(at(0)).counters;
  expectEqual(4u, dense.sectorsRead, "dense"), expectEqual(4u, dense.idealSectors, "dense ideal"), expectEqual(1u, dense.requests, "one request");
  expectEqual(32u, strided.sectorsRead, "strided"), expectEqual(4u, strided.idealSectors, "strided ideal");
  expectEqual(5u, shifted.sectorsRead, "shifted"), expectEqual(1u, same.sectorsRead, "same"), expectEqual(1u, same.idealSectors, "same ideal");
  const auto twice = counted(at(4) + at(4)).counters;
  expectEqual(8u, twice.sectorsRead, "twice"), expectEqual(4u, twice.uniqueSectorsRead, "twice, unique");
  const auto written = counted("mul.wide.u32 %d2, %r1, 16; add.u64 %d2, %d1, %d2; st.global.v4.b32 [%d2], {%r1, %r1, %r1, %r1};").counters;
  expectEqual(16u, written.sectorsWritten, "written"), expectEqual(0u, written.sectorsRead, "nothing read");
  const auto atomics = counted("red.global.add.u32 [%d1], 1;").counters;
  expectEqual(1u, atomics.atomics, "atomics"), expectEqual(1u, atomics.sectorsRead, "read"), expectEqual(1u, atomics.sectorsWritten, "written");
}
TEST("counters_sharedWavefronts") {
  const auto dense = shared(4, "st.shared.u32 [%r3], %r1;").counters, two = shared(8, "st.shared.u32 [%r3], %r1;").counters, all = shared(128, "st.shared.u32 [%r3], %r1;").counters;
  expectEqual(1u, dense.sharedWavefronts, "dense"), expectEqual(2u, two.sharedWavefronts, "two ways"), expectEqual(32u, all.sharedWavefronts, "32 ways"), expectEqual(1u, all.sharedWavefrontsIdeal, "ideal");
  const auto padded = shared(132, "st.shared.u32 [%r3], %r1;").counters;
  expectEqual(1u, padded.sharedWavefronts, "padded column");
  const auto wide = shared(16, "st.shared.v4.u32 [%r3], {%r1, %r1, %r1, %r1};").counters;
  expectEqual(4u, wide.sharedWavefronts, "16 bytes per lane"), expectEqual(4u, wide.sharedWavefrontsIdeal, "16 bytes per lane, ideal");
  const auto same = counted("setp.eq.u32 %p1, %r1, 0; @%p1 st.shared.u32 [s], 1; bar.sync 0; ld.shared.u32 %r2, [s];").counters;
  expectEqual(2u, same.sharedWavefronts, "broadcast"), expectEqual(1u, same.barriers, "barriers");
}
TEST("counters_asyncCopies") {
  const std::string address = "mul.wide.u32 %d2, %r1, 16; add.u64 %d2, %d1, %d2; ", wait = " cp.async.commit_group; cp.async.wait_group 0;";
  const auto dense = shared(16, address + "cp.async.cg.shared.global [%r3], [%d2], 16;" + wait).counters;
  expectEqual(1u, dense.requests, "one request"), expectEqual(16u, dense.sectorsRead, "sectors"), expectEqual(16u, dense.uniqueSectorsRead, "unique"), expectEqual(16u, dense.idealSectors, "ideal");
  expectEqual(1u, dense.sharedRequests, "one shared request"), expectEqual(4u, dense.sharedWavefronts, "wavefronts"), expectEqual(4u, dense.sharedWavefrontsIdeal, "ideal wavefronts");
  const auto scattered = shared(128, address + "cp.async.ca.shared.global [%r3], [%d2], 4;" + wait).counters;
  expectEqual(16u, scattered.sectorsRead, "strided sectors"), expectEqual(4u, scattered.idealSectors, "strided, ideal");
  expectEqual(32u, scattered.sharedWavefronts, "one bank"), expectEqual(1u, scattered.sharedWavefrontsIdeal, "one bank, ideal");
}
TEST("counters_sharedWavefronts_ofACluster_areEachBlocksOwn") {
  // Four lanes write one word each into the blocks of a cluster: the same bank, but in four memories.
  Device device(".version 8.6\n.target sm_90\n.address_size 64\n.visible .entry t() {\n.reg .b32 %r<8>; .reg .pred %p<4>; .shared .align 16 .b8 s[1024];\n"
                "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned; mov.u32 %r1, %tid.x; mov.u32 %r2, s; mov.u32 %r3, %cluster_ctarank; mad.lo.u32 %r2, %r3, 128, %r2;\n"
                "and.b32 %r4, %r1, 3; mapa.shared::cluster.u32 %r5, %r2, %r4; setp.lt.u32 %p1, %r1, 4; @%p1 st.shared::cluster.u32 [%r5], %r1;\n"
                "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned; ret; }", 90);
  device.launch.cluster = {4, 1, 1};
  const auto result = device.run("t", 4, 32);
  expectClean(result);
  expectEqual(16u, result.counters.sharedWavefronts, "one in each memory"), expectEqual(16u, result.counters.sharedWavefrontsIdeal, "ideal");
}
TEST("counters_polls_countOnce") {
  // A warp waits for another one, which has much to do first; then it reads what it waited for again.
  const auto waits = [](int work) {
    return counted("setp.lt.u32 %p1, %r1, 32; @%p1 bra WAIT; mov.u32 %r3, 0;\nWORK: add.u32 %r3, %r3, 1; setp.lt.u32 %p2, %r3, " + std::to_string(work) + "; @%p2 bra WORK;\n"
                   "setp.eq.u32 %p2, %r1, 32; @%p2 st.volatile.global.u32 [%d1], 1; bra END;\n"
                   "WAIT: setp.ne.u32 %p2, %r1, 0; @%p2 bra END;\nSPIN: ld.volatile.global.u32 %r4, [%d1]; setp.eq.u32 %p3, %r4, 0; @%p3 bra SPIN; ld.volatile.global.u32 %r4, [%d1];\nEND:", 64).counters;
  };
  const auto shortly = waits(1), long_ = waits(5000);
  expect(long_.warpInstructions > shortly.warpInstructions + 10000, "it did spin");
  expectEqual(2u, shortly.sectorsRead, "a poll and a read"), expectEqual(2u, long_.sectorsRead, "many polls and a read"), expectEqual(3u, long_.requests, "requests");
  // Two reads of the same word with a write between them are no polls.
  expectEqual(2u, counted("mov.u32 %r3, 0;\nL: ld.volatile.global.u32 %r4, [%d1]; red.global.add.u32 [%d1+64], 1; add.u32 %r3, %r3, 1; setp.lt.u32 %p1, %r3, 2; @%p1 bra L;").counters.sectorsRead - 2, "reads besides the updates");
}
TEST("counters_instructions") {
  const auto one = counted("add.u32 %r2, %r1, 1; setp.lt.u32 %p1, %r1, 8; @%p1 add.u32 %r2, %r2, 1;", 40).counters;
  expectEqual(14u, one.warpInstructions, "warp instructions");
  expectEqual(40u * 6 + 8, one.threadInstructions, "thread instructions");
  expectEqual(40u, one.threads, "threads");
}
TEST("counters_sameForEverySeed") {
  Device device(".version 8.6\n.target sm_75\n.address_size 64\n.visible .entry t(.param .u64 in) {\n.reg .b32 %r<8>; .reg .b64 %d<8>;\n"
                "ld.param.u64 %d1, [in]; mov.u32 %r1, %tid.x; mul.wide.u32 %d2, %r1, 4; add.u64 %d2, %d1, %d2; ld.global.u32 %r2, [%d2]; bar.sync 0; ret; }", 75);
  const machine::Address in = device.upload(std::vector<float>(256));
  const auto first = device.run("t", 9, 256, in).counters;
  device.launch.seed = 77;
  const auto second = device.run("t", 9, 256, in).counters;
  expectEqual(first.sectorsRead, second.sectorsRead, "sectors"), expectEqual(first.uniqueSectorsRead, second.uniqueSectorsRead, "unique"), expectEqual(first.warpInstructions, second.warpInstructions, "instructions");
}
TEST("perturbation_movesApproximateResultsByAtMostOneUnit") {
  Device device(".version 8.6\n.target sm_75\n.address_size 64\n.visible .entry t(.param .u64 out) {\n.reg .b32 %r<8>; .reg .f32 %f<4>; .reg .b64 %d<8>;\nld.param.u64 %d1, [out]; mov.u32 %r1, %tid.x;\n"
                "cvt.rn.f32.u32 %f1, %r1; rsqrt.approx.f32 %f2, %f1; mul.wide.u32 %d2, %r1, 4; add.u64 %d2, %d1, %d2; st.global.f32 [%d2], %f2; ret; }", 75);
  const machine::Address out = device.reserve(1024);
  expectClean(device.run("t", 1, 256, out));
  const auto exact = device.download<std::int32_t>(out, 256);
  device.launch.ulpPerturbation = 1;
  device.launch.seed = 3;
  expectClean(device.run("t", 1, 256, out));
  const auto moved = device.download<std::int32_t>(out, 256);
  int changed = 0;
  for (std::size_t n = 0; n < 256; n++) {
    expect(std::abs(exact[n] - moved[n]) <= 1, "at most one unit");
    changed += exact[n] != moved[n];
  }
  expect(changed > 60 && changed < 250, std::to_string(changed) + " of 256 changed");
}

TEST("load_errorsNameTheLine") {
  expectRefused("foo.u32 %r1, %r2;", "line 6: unknown instruction: 'foo.u32'");
  expectRefused("add.q32 %r1, %r2, 1;", "line 6: unknown instruction: 'add.q32'");
  expectRefused("\nadd.u32 %d1, %r2, 1;", "line 7: register %d1 is .b64, expected 32 bits");
  expectRefused("add.u32 %r1, %r2;", "line 6: add.u32: expected 3 operands but got 2");
  expectRefused("bra NOWHERE;", "line 6: no label 'NOWHERE'");
  expectRefused("mov.u32 %r1, nothing;", "line 6: unknown name 'nothing'");
  expectRefused("ld.global.v2.u32 %r1, [%d1];", "line 6: a vector access needs a vector of registers");
  expectRefused("ld.global.q.u32 %r1, [%d1];", "line 6: unknown instruction: 'ld.global.q.u32'");
  expectRefused("cvt.rn.f32.f31 %r1, %r2;", "line 6: unknown instruction: 'cvt.rn.f32.f31'");
  expectRefused("@%r1 bra NOWHERE;", "line 6: not a predicate register");
  expectRefused("add.u32 %r1, %r2, 0f00000000; add.u64 %d1, %d2, 0f00000000;", "line 6: a 32-bit float where 64 bits are expected");
  expectEqual(218, static_cast<int>(loaded("{ add.u32 %r1, %r2, 1;").status), "brace");
}
TEST("load_versionsAndTargets") {
  expectEqual(0, static_cast<int>(loaded("").status), "loads");
  expectEqual(222, static_cast<int>(loaded("", 90, 75, 75, 83).status), "newer than the driver");
  expectEqual(209, static_cast<int>(loaded("", 80, 90, 75).status), "newer than the device");
}
TEST("launch_limits") {
  Device device(".version 8.6\n.target sm_75\n.address_size 64\n.visible .entry t() .maxntid 64, 1, 1 {\n.shared .align 16 .b8 s[1024];\n.reg .b32 %r<4>; mov.u32 %r1, s;\nret; }", 75);
  expectEqual(1, static_cast<int>(device.run("t", 1, 65).status), "more threads than the kernel allows");
  expectEqual(1, static_cast<int>(device.run("t", 0, 1).status), "empty grid");
  device.launch.dynamicShared = 64 * 1024;
  expectEqual(1, static_cast<int>(device.run("t", 1, 1).status), "too much shared memory");
  device.launch.dynamicShared = 0;
  device.launch.cooperative = true;
  expectEqual(720, static_cast<int>(device.run("t", 1000, 64).status), "cooperative grid too large");
  expectEqual(0, static_cast<int>(device.run("t", 4, 64).status), "fits");
  const machine::Entry& entry = *device.module->entry("t");
  expectEqual(1024u, entry.staticShared, "static shared");
  expectEqual(16, machine::residentBlocksPerMultiprocessor(entry, 64, 0, device.limits), "resident blocks");
  expectEqual(2, machine::residentBlocksPerMultiprocessor(entry, 64, 31 * 1024, device.limits), "by shared memory");
}
TEST("launch_registersKeepToThePromisedThreads") {
  std::string use, sum;
  for (int i = 0; i < 200; i++) use += "mov.u32 %r" + std::to_string(i) + ", %tid.x; ", sum += "add.u32 %r0, %r0, %r" + std::to_string(i) + "; ";
  for (auto [limits, most] : {std::pair<const char*, int>{"", 208}, {".maxntid 512, 1, 1", 128}, {".maxntid 256, 1, 1 .minnctapersm 2", 128}}) {
    Device device(std::string(".version 8.0\n.target sm_75\n.address_size 64\n.visible .entry t() ") + limits + " {\n.reg .b32 %r<200>; " + use + sum + "ret; }", 75);
    expectEqual(most, device.module->entry("t")->registers, limits);
  }
}
