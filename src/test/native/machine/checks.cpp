// What can be wrong with bytes that may be accessed: never written, in flight, raced for.
#include <algorithm>
#include <cstring>

#include "access.h"

namespace machine {

namespace {

constexpr std::uint32_t kThreadBits = ~(AccessCell::kStrong | AccessCell::kReadOnly);

struct Conflict {
  Thread other;
  bool otherWrote;
};

bool races(const Warp& warp, Thread me, bool strong, std::uint32_t who, Time time, Time floor) {
  if (time < floor) return false;
  Thread earlier = who & kThreadBits;
  if (earlier == me || (strong && (who & AccessCell::kStrong))) return false;
  if (warp.grid->order.ordered(warp.block->order, me, earlier, time)) return false;
  return !orderedInCluster(warp, earlier, time);
}

std::uint32_t flags(const Instruction& i) {
  return (i.strong ? AccessCell::kStrong : 0) | (i.readOnly ? AccessCell::kReadOnly : 0);
}

// What the read-only cache holds stays as it is until the kernel ends, whatever is ordered.
void checkReadOnly(Warp& warp, const Instruction& i, const AccessCell& cell, AccessKind kind, Time floor, int lane) {
  std::string what;
  if (kind == AccessKind::Read) {
    if (i.readOnly && cell.writeTime >= floor)
      what = "reads through the read-only cache what " + warp.grid->threadName(cell.writer & kThreadBits) + " wrote in the same launch";
  } else {
    const bool last = cell.readTime >= floor && (cell.reader & AccessCell::kReadOnly);
    const bool other = cell.otherReadTime >= floor && (cell.otherReader & AccessCell::kReadOnly);
    if (last || other)
      what = "writes what " + warp.grid->threadName((last ? cell.reader : cell.otherReader) & kThreadBits) + " read through the read-only cache in the same launch";
  }
  if (!what.empty()) warp.grid->report(FindingKind::ReadOnlyCache, warp, i, lane, what);
}

// Checks one cell and enters the access; true when it conflicts.
bool visit(const Warp& warp, AccessCell& cell, AccessKind kind, Thread me, std::uint32_t flags, Time now, Time floor, Conflict& conflict) {
  const bool strong = flags & AccessCell::kStrong;
  const std::uint32_t mine = me | flags;
  bool found = false;
  if (cell.writeTime >= floor && cell.writer != mine && races(warp, me, strong, cell.writer, cell.writeTime, floor))
    conflict = {cell.writer & kThreadBits, true}, found = true;
  if (kind == AccessKind::Read) {
    if (cell.readTime >= floor && (cell.reader & kThreadBits) / kLanes != me / kLanes) cell.otherReader = cell.reader, cell.otherReadTime = cell.readTime;
    cell.reader = mine;
    cell.readTime = now;
    return found;
  }
  if (!found && cell.readTime >= floor && cell.reader != mine && races(warp, me, strong, cell.reader, cell.readTime, floor))
    conflict = {cell.reader & kThreadBits, false}, found = true;
  if (!found && cell.otherReadTime >= floor && races(warp, me, strong, cell.otherReader, cell.otherReadTime, floor))
    conflict = {cell.otherReader & kThreadBits, false}, found = true;
  cell.writer = mine;
  cell.writeTime = now;
  cell.readTime = cell.otherReadTime = 0;
  return found;
}

void reportRace(Warp& warp, const Instruction& i, const Range& range, std::uint64_t offset, AccessKind kind, int lane,
                const Conflict& conflict) {
  std::string place = range.shared ? "shared memory byte " + std::to_string(offset)
                                   : "global memory, byte " + std::to_string(offset) + " of the allocation (" +
                                         (warp.grid->lastAllocation[i.index] ? warp.grid->lastAllocation[i.index]->site : "?") + ")";
  warp.grid->report(range.shared ? FindingKind::SharedRace : FindingKind::GlobalRace, warp, i, lane,
                    std::string(kind == AccessKind::Read ? "reads " : "writes ") + place + ", which " +
                        warp.grid->threadName(conflict.other) + (conflict.otherWrote ? " wrote" : " read") +
                        " with nothing that orders the two");
}

void checkState(Warp& warp, const Instruction& i, AccessKind kind, const Range& range, std::uint64_t offset, std::uint32_t bytes, int lane) {
  std::uint8_t* state = range.state + offset;
  for (std::uint32_t byte = 0; byte < bytes; byte++) {
    if (state[byte] == kInitialised) continue;
    const bool fresh = state[byte] == kUninitialised;
    if (fresh && kind != AccessKind::Read) state[byte] = kInitialised;
    if ((fresh && kind == AccessKind::Write) || (state[byte] == kInFlightRead && kind == AccessKind::Read)) continue;
    const char* where = range.shared ? "shared memory byte " : range.base ? "global memory, byte " : "local memory byte ";
    std::string at = where + std::to_string(offset + byte);
    if (fresh) warp.grid->report(FindingKind::UninitialisedRead, warp, i, lane, "reads " + at + ", which was never written");
    else if (state[byte] == kInFlightWrite)
      warp.grid->report(FindingKind::MissingWait, warp, i, lane, "uses " + at + " while an asynchronous copy to it is in flight");
    else warp.grid->report(FindingKind::MissingWait, warp, i, lane, "writes " + at + " while an asynchronous copy still reads it");
    return;  // one finding tells enough
  }
}

// Writes over bytes that are at rest, the common case: 0 or 1 becomes 1.
bool initialise(std::uint8_t* state, std::uint64_t bytes) {
  std::uint8_t all = 0;
  for (std::uint64_t byte = 0; byte < bytes; byte++) all |= state[byte];
  if (all > kInitialised) return false;
  std::memset(state, kInitialised, bytes);
  return true;
}

bool allInitialised(const std::uint8_t* state, std::uint64_t bytes) {
  std::uint8_t different = 0;
  for (std::uint64_t byte = 0; byte < bytes; byte++) different |= static_cast<std::uint8_t>(state[byte] ^ kInitialised);
  return different == 0;
}

void visitCells(Warp& warp, const Instruction& i, AccessKind kind, const Range& range, std::uint64_t offset, std::uint32_t bytes, int lane,
                Time now) {
  const std::uint64_t granule = static_cast<std::uint64_t>(range.granule);
  const Thread me = warp.thread(lane);
  Conflict conflict{};
  for (std::uint64_t cell = offset / granule; cell <= (offset + bytes - 1) / granule; cell++) {
    checkReadOnly(warp, i, range.cells[cell], kind, range.floor, lane);
    if (visit(warp, range.cells[cell], kind, me, flags(i), now, range.floor, conflict))
      reportRace(warp, i, range, cell * granule, kind, lane, conflict);
  }
}

// Dense accesses to cells that nobody else has used in this launch, or that only readers share:
// enters them and returns true; false leaves the work to visitCells.
bool enterQuietly(const AccessKind kind, const Range& range, std::uint64_t perLane, int lanes, std::uint32_t mine, Time now) {
  AccessCell* cell = range.cells + range.offset / static_cast<std::uint64_t>(range.granule);
  const std::uint64_t count = perLane * static_cast<std::uint64_t>(lanes);
  std::uint32_t busy = 0;
  if (kind == AccessKind::Read) {
    for (std::uint64_t n = 0; n < count; n++) busy |= (cell[n].writeTime >= range.floor) | (cell[n].readTime >= range.floor);
    if (busy) return false;
    for (int lane = 0; lane < lanes; lane++)
      for (std::uint64_t n = 0; n < perLane; n++, cell++) cell->reader = mine + static_cast<std::uint32_t>(lane), cell->readTime = now;
    return true;
  }
  for (std::uint64_t n = 0; n < count; n++)
    busy |= (cell[n].writeTime >= range.floor) | (cell[n].readTime >= range.floor) | (cell[n].otherReadTime >= range.floor);
  if (busy) return false;
  for (int lane = 0; lane < lanes; lane++)
    for (std::uint64_t n = 0; n < perLane; n++, cell++) cell->writer = mine + static_cast<std::uint32_t>(lane), cell->writeTime = now;
  return true;
}

}  // namespace

void checkBytes(Warp& warp, const Instruction& i, AccessKind kind, const Range& range, std::uint32_t bytes, int lane) {
  std::uint8_t* state = range.state + range.offset;
  if (!allInitialised(state, bytes) && !(kind == AccessKind::Write && initialise(state, bytes)) && warp.grid->launch.checks)
    checkState(warp, i, kind, range, range.offset, bytes, lane);
  if (range.cells && warp.grid->launch.checks) visitCells(warp, i, kind, range, range.offset, bytes, lane, warp.grid->order.now());
}

void checkDense(Warp& warp, const Instruction& i, AccessKind kind, const Range& range, std::uint32_t bytes, int lanes) {
  const std::uint64_t total = static_cast<std::uint64_t>(lanes) * bytes;
  const bool checks = warp.grid->launch.checks;
  std::uint8_t* state = range.state + range.offset;
  if (!allInitialised(state, total) && !(kind == AccessKind::Write && initialise(state, total)))
    for (int lane = 0; checks && lane < lanes; lane++)
      checkState(warp, i, kind, range, range.offset + static_cast<std::uint64_t>(lane) * bytes, bytes, lane);
  if (!range.cells || !checks) return;
  const Time now = warp.grid->order.now();
  const std::uint32_t perLane = bytes / static_cast<std::uint32_t>(range.granule);
  if (perLane && enterQuietly(kind, range, perLane, lanes, warp.thread(0) | flags(i), now)) return;
  for (int lane = 0; lane < lanes; lane++)
    visitCells(warp, i, kind, range, range.offset + static_cast<std::uint64_t>(lane) * bytes, bytes, lane, now);
}

void noteAccess(Grid& grid, const Range& range, std::uint32_t bytes, Thread thread, AccessKind kind) {
  if (!range.cells || !grid.launch.checks) return;
  const std::uint64_t granule = static_cast<std::uint64_t>(range.granule);
  for (std::uint64_t cell = range.offset / granule; cell <= (range.offset + bytes - 1) / granule; cell++) {
    AccessCell& at = range.cells[cell];
    if (kind == AccessKind::Read) at.reader = thread, at.readTime = grid.order.now();
    else at.writer = thread, at.writeTime = grid.order.now(), at.readTime = at.otherReadTime = 0;
  }
}

}  // namespace machine
