// Running a grid: blocks in seeded order, one after the other as long as they get on; a block that
// can only wait lets others run, up to as many as the device holds at once.
#include <algorithm>
#include <deque>
#include <numeric>
#include <random>

#include "environment.h"
#include "instructions.h"

namespace machine {

namespace {
constexpr std::uint64_t kTurn = 8192;  // instructions of a warp before the others get their turn
constexpr std::size_t kLine = 64;
}  // namespace

Grid::Grid(const Entry& entryIn, const Launch& launchIn, const DeviceLimits& limitsIn, DeviceMemory& memoryIn)
    : entry(entryIn), kernel(*entryIn.code), launch(launchIn), limits(limitsIn), memory(memoryIn),
      clusterShape(launchIn.cluster.x ? launchIn.cluster : entryIn.requiredCluster), launchNumber(++memoryIn.launches),
      start(++memoryIn.clock), order(memoryIn.clock, static_cast<int>((launchIn.block.count() + kLanes - 1) / kLanes * kLanes)),
      lastAllocation(entryIn.code->code.size(), nullptr), parameters(launchIn.parameters),
      sharedBytes(entryIn.staticShared + std::uint64_t{launchIn.dynamicShared}) {
  if (!launch.cooperative) return;
  workspace = memory.allocate(64, "workspace of a cooperative launch");
  if (workspace) memory.fill(workspace, 0, 4, 16);
}

Grid::~Grid() {
  if (workspace) memory.free(workspace);
}

struct Scheduler {
  explicit Scheduler(Grid& gridIn) : grid(gridIn), random(gridIn.launch.seed) {}

  void run() {
    std::vector<std::uint64_t> units(unitCount());
    std::iota(units.begin(), units.end(), 0);
    if (grid.launch.seed) std::shuffle(units.begin(), units.end(), random);
    waiting.assign(units.begin(), units.end());
    const std::uint64_t most = residency();
    while (!live.empty() || !waiting.empty()) {
      if (live.empty() || (stalled >= live.size() && live.size() < most && !waiting.empty())) {
        startUnit(waiting.front());
        waiting.pop_front();
        stalled = 0;
      }
      if (stalled >= live.size() && !anyRunnable()) deadlock();
      turn();
    }
  }

 private:
  // A unit starts as a whole: a cluster, or a single block.
  std::uint64_t blocksPerUnit() const { return grid.clusterShape.x ? grid.clusterShape.count() : 1; }
  std::uint64_t unitCount() const { return grid.launch.grid.count() / blocksPerUnit(); }

  std::uint64_t residency() const {
    int perMultiprocessor = residentBlocksPerMultiprocessor(grid.entry, static_cast<int>(grid.launch.block.count()), grid.launch.dynamicShared, grid.limits);
    std::uint64_t blocks = static_cast<std::uint64_t>(perMultiprocessor) * static_cast<std::uint64_t>(grid.limits.multiprocessors);
    return std::max(blocks, blocksPerUnit());
  }

  void startUnit(std::uint64_t unit) {
    const Dim3 shape = grid.clusterShape.x ? grid.clusterShape : Dim3{1, 1, 1};
    const Dim3& blocks = grid.launch.grid;
    const std::uint64_t across = blocks.x / shape.x, down = blocks.y / shape.y;
    const Dim3 corner{static_cast<std::uint32_t>(unit % across) * shape.x, static_cast<std::uint32_t>(unit / across % down) * shape.y,
                      static_cast<std::uint32_t>(unit / across / down) * shape.z};
    std::shared_ptr<Cluster> cluster = grid.clusterShape.x ? std::make_shared<Cluster>() : nullptr;
    std::uint32_t rank = 0;
    for (std::uint32_t z = 0; z < shape.z; z++)
      for (std::uint32_t y = 0; y < shape.y; y++)
        for (std::uint32_t x = 0; x < shape.x; x++) startBlock({corner.x + x, corner.y + y, corner.z + z}, cluster.get(), rank++);
    if (cluster) clusters.push_back(cluster);
  }

  void startBlock(Dim3 index, Cluster* cluster, std::uint32_t rank) {
    std::unique_ptr<Block> made;
    if (spare.empty()) made = std::make_unique<Block>();
    else made = std::move(spare.back()), spare.pop_back();
    Block& block = *made;
    const Dim3& blocks = grid.launch.grid;
    block.grid = &grid;
    block.index = index;
    block.number = index.x + blocks.x * (index.y + blocks.y * index.z);
    block.cluster = cluster;
    block.clusterRank = rank;
    const int threads = static_cast<int>(grid.launch.block.count());
    block.liveThreads = threads;
    block.remoteTime = 0;
    block.barriers = {};
    block.order.reset(block.number, (threads + kLanes - 1) / kLanes * kLanes, grid.order.tick());
    block.shared.assign(grid.sharedBytes, 0xCC);
    forgetBarriers(block);
    block.sharedState.assign(grid.sharedBytes, kUninitialised);
    block.sharedCells.resize(grid.launch.checks ? grid.sharedBytes / static_cast<std::uint64_t>(grid.kernel.sharedGranule) + 1 : 0);
    if (cluster) cluster->blocks.push_back(&block), cluster->liveThreads += threads;
    startWarps(block, threads);
    grid.counters.blocks++;
    grid.counters.threads += static_cast<std::uint64_t>(threads);
    live.push_back(std::move(made));
  }

  // mbarriers belong to their bytes; those of the block that used the memory before are gone.
  void forgetBarriers(const Block& block) {
    const std::uint8_t *from = block.shared.data(), *to = from + block.shared.size();
    for (auto one = grid.mbarriers.begin(); one != grid.mbarriers.end();) one = one->first >= from && one->first < to ? grid.mbarriers.erase(one) : std::next(one);
  }

  void startWarps(Block& block, int threads) {
    const std::size_t count = static_cast<std::size_t>((threads + kLanes - 1) / kLanes);
    block.warps.clear();
    block.warps.resize(count);
    block.registers.resize(count * grid.kernel.registerBytes + kLine);
    std::uint8_t* registers = block.registers.data();
    registers += (kLine - reinterpret_cast<std::uintptr_t>(registers) % kLine) % kLine;
    for (std::size_t index = 0; index < count; index++) {
      Warp& warp = block.warps[index];
      warp.block = &block;
      warp.grid = &grid;
      warp.index = static_cast<int>(index);
      warp.bases[0] = registers + index * grid.kernel.registerBytes;
      warp.bases[1] = const_cast<std::uint8_t*>(grid.kernel.constants.data());
      const int lanes = std::min(kLanes, threads - warp.index * kLanes);
      warp.live = warp.group = lanes == kLanes ? kAllLanes : (1u << lanes) - 1;
      warp.local.assign(static_cast<std::size_t>(kLanes) * grid.kernel.localBytes, 0xCC);
      warp.localState.assign(warp.local.size(), kUninitialised);
      fillSpecials(warp);
    }
  }

  void fillSpecials(Warp& warp);

  bool anyRunnable() const {
    for (const auto& block : live)
      for (const Warp& warp : block->warps)
        if (warp.live && warp.runnable()) return true;
    return false;
  }

  // All warps of the next block once; the block stays in front while that changes something.
  void turn() {
    if (next >= live.size()) next = 0;
    Block& block = *live[next];
    const std::uint64_t before = grid.progress;
    const std::size_t count = block.warps.size();
    const std::size_t first = grid.launch.seed ? random() % count : 0;
    for (std::size_t n = 0; n < count; n++) {
      Warp& warp = block.warps[(first + n) % count];
      if (warp.live && warp.runnable()) runWarp(warp);
    }
    if (block.liveThreads == 0) return finish(block);
    if (grid.progress != before) stalled = 0;
    else stalled++, next++;
  }

  void finish(Block& block) {
    stalled = 0;
    // Blocks of a cluster stay until all have ended: others may still use their shared memory.
    if (block.cluster && block.cluster->liveThreads > 0) {
      next++;
      return;
    }
    for (std::size_t n = live.size(); n-- > 0;)
      if (live[n].get() == &block || (block.cluster && live[n]->cluster == block.cluster)) {
        spare.push_back(std::move(live[n]));
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(n));
      }
  }

  void runWarp(Warp& warp) {
    const Instruction* code = grid.kernel.code.data();
    warp.stop = false;
    warp.turnInstructions = 0;
    const std::uint64_t progress = grid.progress;
    std::uint64_t threads = 0;
    while (!warp.stop && warp.turnInstructions < kTurn) {
      if (warp.group == 0 || warp.pc >= warp.limit) {
        warp.choose();
        if (warp.group == 0) break;
      }
      do {
        const Instruction& i = code[warp.pc++];
        warp.active = warp.group;
        if (i.predicate != kNowhere) warp.active &= i.negated ? ~warp.mask(i.predicate) : warp.mask(i.predicate);
        threads += static_cast<std::uint64_t>(__builtin_popcount(warp.active));
        warp.turnInstructions++;
        if (warp.active) i.run(warp, i);
      } while (warp.pc < warp.limit && !warp.stop && warp.turnInstructions < kTurn);
    }
    grid.counters.warpInstructions += warp.turnInstructions;
    grid.counters.threadInstructions += threads;
    watch(warp, progress != grid.progress);
  }

  void watch(Warp& warp, bool progressed) {
    if (progressed || warp.progressSeen != grid.progress) warp.idle = 0, warp.progressSeen = grid.progress;
    else warp.idle += warp.turnInstructions;
    const bool tooLong = grid.counters.warpInstructions > grid.launch.maxWarpInstructions;
    if (!tooLong && warp.idle <= grid.launch.maxIdleWarpInstructions) return;
    const Instruction& at = grid.kernel.code[std::min<std::size_t>(warp.pc, grid.kernel.code.size() - 1)];
    grid.fail(kLaunchTimeout, FindingKind::EndlessLoop, warp, at, warp.group ? __builtin_ctz(warp.group) : 0,
              tooLong ? "still runs after " + std::to_string(grid.counters.warpInstructions) + " warp instructions of the launch"
                      : "loops for " + std::to_string(warp.idle) + " warp instructions without any change that others could see");
  }

  [[noreturn]] void deadlock() {
    for (const auto& block : live)
      for (Warp& warp : block->warps)
        for (const LaneGroup& group : warp.waiting) {
          if (group.wait == Wait::None) continue;
          const Instruction& at = grid.kernel.code[group.pc - 1];
          const bool cluster = group.wait == Wait::Cluster;
          int arrived = cluster ? block->cluster->arrived : group.barrier >= 0 ? block->barriers[static_cast<std::size_t>(group.barrier)].arrived : 0;
          grid.fail(kLaunchTimeout, FindingKind::MissingBarrierArrival, warp, at, __builtin_ctz(group.mask),
                    "waits at a barrier that never completes: " + std::to_string(arrived) + " threads arrived, " +
                        std::to_string(cluster ? block->cluster->liveThreads : block->liveThreads) + " are alive");
        }
    throw LaunchError{kLaunchTimeout, "nothing can run"};
  }

  Grid& grid;
  std::mt19937_64 random;
  std::deque<std::uint64_t> waiting;
  std::vector<std::unique_ptr<Block>> live, spare;
  std::vector<std::shared_ptr<Cluster>> clusters;
  std::size_t next = 0;
  std::size_t stalled = 0;  // blocks in a row that could not get on
};

void Scheduler::fillSpecials(Warp& warp) {
  const Dim3 &blocks = grid.launch.grid, &at = warp.block->index, &threads = grid.launch.block;
  const Dim3 cluster = grid.clusterShape.x ? grid.clusterShape : Dim3{1, 1, 1};
  const std::uint32_t warps = static_cast<std::uint32_t>(warp.block->warps.size());
  for (const SpecialUse& use : grid.kernel.specials) {
    std::uint32_t* to = warp.at<std::uint32_t>(use.place);
    for (int lane = 0; lane < kLanes; lane++) {
      const Dim3 thread = warp.threadIndex(lane);
      const std::uint32_t bit = 1u << lane;
      auto value = [&]() -> std::uint32_t {
        switch (use.special) {
          case Special::TidX: return thread.x;
          case Special::TidY: return thread.y;
          case Special::TidZ: return thread.z;
          case Special::NtidX: return threads.x;
          case Special::NtidY: return threads.y;
          case Special::NtidZ: return threads.z;
          case Special::CtaidX: return at.x;
          case Special::CtaidY: return at.y;
          case Special::CtaidZ: return at.z;
          case Special::NctaidX: return blocks.x;
          case Special::NctaidY: return blocks.y;
          case Special::NctaidZ: return blocks.z;
          case Special::LaneId: return static_cast<std::uint32_t>(lane);
          case Special::WarpId: return static_cast<std::uint32_t>(warp.index);
          case Special::NwarpId: return warps;
          case Special::LaneMaskEq: return bit;
          case Special::LaneMaskLe: return bit | (bit - 1);
          case Special::LaneMaskLt: return bit - 1;
          case Special::LaneMaskGe: return ~(bit - 1);
          case Special::LaneMaskGt: return ~(bit | (bit - 1));
          case Special::SmId: return warp.block->number % static_cast<std::uint32_t>(grid.limits.multiprocessors);
          case Special::NsmId: return static_cast<std::uint32_t>(grid.limits.multiprocessors);
          case Special::GridId: return grid.launchNumber;
          case Special::DynamicSharedSize: return grid.launch.dynamicShared;
          case Special::TotalSharedSize: return static_cast<std::uint32_t>(grid.sharedBytes);
          case Special::ClusterCtaidX: return at.x % cluster.x;
          case Special::ClusterCtaidY: return at.y % cluster.y;
          case Special::ClusterCtaidZ: return at.z % cluster.z;
          case Special::ClusterNctaidX: return cluster.x;
          case Special::ClusterNctaidY: return cluster.y;
          case Special::ClusterNctaidZ: return cluster.z;
          case Special::ClusterCtaRank: return warp.block->clusterRank;
          case Special::ClusterNctaRank: return static_cast<std::uint32_t>(cluster.count());
          case Special::ClusteridX: return at.x / cluster.x;
          case Special::ClusteridY: return at.y / cluster.y;
          case Special::ClusteridZ: return at.z / cluster.z;
          case Special::NclusteridX: return blocks.x / cluster.x;
          case Special::NclusteridY: return blocks.y / cluster.y;
          case Special::NclusteridZ: return blocks.z / cluster.z;
          case Special::IsExplicitCluster: return grid.clusterShape.x != 0;
          case Special::EnvReg1: return static_cast<std::uint32_t>(grid.workspace >> 32);
          case Special::EnvReg2: return static_cast<std::uint32_t>(grid.workspace);
          case Special::EnvReg0:
          case Special::EnvReg3: return 0;
        }
        return 0;
      };
      to[lane] = value();
    }
  }
}

void Grid::run() { Scheduler(*this).run(); }

LaunchResult run(const Entry& entry, const Launch& launch, const DeviceLimits& limits, DeviceMemory& memory) {
  LaunchResult result = validate(entry, launch, limits);
  if (result.status != kSuccess) return result;
  constexpr Time kLateClock = 3'000'000'000u;
  if (memory.clock > kLateClock) memory.dropShadows();
  Grid grid(entry, launch, limits, memory);
  setPerturbation(launch.ulpPerturbation != 0, launch.seed);
  try {
    grid.run();
  } catch (const LaunchError& error) {
    result.status = error.status;
    result.message = error.message;
  }
  result.counters = grid.counters;
  result.findings = std::move(grid.findings);
  return result;
}

}  // namespace machine
