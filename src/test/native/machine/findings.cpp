// Findings in words, with the place in the source.
#include "warp.h"

namespace machine {

const char* name(FindingKind kind) {
  switch (kind) {
    case FindingKind::OutOfBounds: return "out of bounds";
    case FindingKind::UseAfterFree: return "use after free";
    case FindingKind::UninitialisedRead: return "uninitialised read";
    case FindingKind::Misaligned: return "misaligned";
    case FindingKind::SharedRace: return "race in shared memory";
    case FindingKind::GlobalRace: return "race in global memory";
    case FindingKind::DivergentBarrier: return "divergent barrier";
    case FindingKind::MissingBarrierArrival: return "barrier never completes";
    case FindingKind::IdleLaneShuffle: return "idle lane";
    case FindingKind::MissingWait: return "missing wait";
    case FindingKind::ReadOnlyCache: return "read-only cache";
    case FindingKind::EndlessLoop: return "endless loop";
    case FindingKind::Trap: return "trap";
    case FindingKind::BadLaunch: return "bad launch";
    case FindingKind::BadInstruction: return "bad instruction";
  }
  return "unknown";
}

namespace {

std::string triple(const Dim3& at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

Dim3 unfold(std::uint64_t linear, const Dim3& shape) {
  return {static_cast<std::uint32_t>(linear % shape.x), static_cast<std::uint32_t>(linear / shape.x % shape.y),
          static_cast<std::uint32_t>(linear / shape.x / shape.y)};
}

// Code from toolkit headers says little; the place that called it says more.
void sourceOf(const Kernel& kernel, const ptx::Source& source, Finding& finding) {
  auto file = kernel.files.find(source.file);
  auto caller = kernel.files.find(source.callerFile);
  const bool toolkit = file != kernel.files.end() && file->second.find(".cu") == std::string::npos;
  const bool outer = toolkit && caller != kernel.files.end();
  if (file == kernel.files.end()) return;
  finding.sourceFile = outer ? caller->second : file->second;
  finding.sourceLine = outer ? source.callerLine : source.line;
}

}  // namespace

std::string Grid::threadName(Thread thread) const {
  const std::uint64_t perBlock = (launch.block.count() + kLanes - 1) / kLanes * kLanes;
  return "thread " + triple(unfold(thread % perBlock, launch.block)) + " of block " + triple(unfold(thread / perBlock, launch.grid));
}

void Grid::report(FindingKind kind, const Warp& warp, const Instruction& i, int lane, const std::string& what) {
  for (Finding& known : findings)
    if (known.kind == kind && known.ptxLine == i.line) {
      known.count++;
      return;
    }
  if (static_cast<int>(findings.size()) >= launch.maxFindings) return;
  Finding made;
  made.kind = kind;
  made.kernel = kernel.name;
  made.block = warp.block->index;
  made.thread = warp.threadIndex(lane);
  made.ptxLine = i.line;
  sourceOf(kernel, i.source, made);
  made.message = std::string(name(kind)) + ": kernel " + made.kernel + ", thread " + triple(made.thread) + " of block " + triple(made.block) + " " +
                 what + "; at " +
                 (made.sourceFile.empty() ? "" : made.sourceFile + ":" + std::to_string(made.sourceLine) + ", ") + "PTX line " +
                 std::to_string(made.ptxLine);
  findings.push_back(std::move(made));
}

void Grid::fail(Status status, FindingKind kind, const Warp& warp, const Instruction& i, int lane, const std::string& what) {
  const std::size_t before = findings.size();
  report(kind, warp, i, lane, what);
  throw LaunchError{status, findings.size() > before ? findings.back().message : what};
}

}  // namespace machine
