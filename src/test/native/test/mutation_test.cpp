// Every barrier and fence of the reductions, in two passes and in one, is deleted in turn. All fences must be missed; of the
// barriers, those may be left out that another barrier makes redundant, and no more.
#include <cstdio>
#include <cstdlib>

#include "shipped.h"

using namespace test;

namespace {

// Of the barriers in the kernels' source, these are not needed for the results of one launch:
//   lastToArrive: the first where only thread 0 wrote before it;
//   blockSum, columnSum, groupSum: the last, where another barrier follows before the next sum.
// In f32: 50 of 274; those of one pass, whose sums over a block are of the same kind, were not looked through one by one.
constexpr int kRedundantPercent = 30;

}  // namespace

// One type by default; MUTATE_ALL=1 for all four.
TEST("mutation_barriersAndFences") {
  const bool all = std::getenv("MUTATE_ALL") != nullptr;
  Mutation barriers, fences;
  auto add = [](Mutation& sum, const Mutation& one) {
    sum.barriers += one.barriers, sum.executed += one.executed, sum.caught += one.caught;
    sum.survivors.insert(sum.survivors.end(), one.survivors.begin(), one.survivors.end());
  };
  for (const ShippedEntry& entry : shippedEntries()) {
    if (!all && entry.type != "f32") continue;
    add(barriers, mutate(entry, "bar.sync"));
    add(fences, mutate(entry, "fence.acq_rel"));
  }
  std::printf("     barriers: %d, executed %d, missed when deleted %d; fences: %d, executed %d, missed when deleted %d\n", barriers.barriers, barriers.executed, barriers.caught, fences.barriers,
              fences.executed, fences.caught);
  if (all)
    for (const std::string& one : barriers.survivors) std::printf("     redundant: %s\n", one.c_str());
  expectEqual(fences.barriers, fences.caught, "fences that are missed" + (fences.survivors.empty() ? "" : ", not " + fences.survivors[0]));
  expectEqual(barriers.barriers, barriers.executed, "barriers that the cases execute");
  expect(100 * (barriers.barriers - barriers.caught) <= kRedundantPercent * barriers.barriers, std::to_string(barriers.barriers - barriers.caught) + " barriers are not missed");
}
