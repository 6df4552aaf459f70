// The instructions that are more than arithmetic on registers, for the assembler to pick from.
#pragma once

#include "warp.h"

namespace machine {

// Loads and stores by size of an element; places[] are the registers.
Execute loadFunction(int bytes);
Execute storeFunction(int bytes);

// atom and red; null when there is no such operation on the type.
Execute atomicFunction(const std::string& operation, const std::string& type);  

// Control, fences, moves.
void branch(Warp& warp, const Instruction& i);
void exitThreads(Warp& warp, const Instruction& i);
void trap(Warp& warp, const Instruction& i);
void nothing(Warp& warp, const Instruction& i);
void yieldTurn(Warp& warp, const Instruction& i);
void readClock(Warp& warp, const Instruction& i);  // width 4 or 8
void fence(Warp& warp, const Instruction& i);
void fenceProxy(Warp& warp, const Instruction& i);
void packVector(Warp& warp, const Instruction& i);
void unpackVector(Warp& warp, const Instruction& i);

// Barriers. mode: 0 sync, 1 arrive, 2 red.popc, 3 red.and, 4 red.or; a: barrier, b: threads, c: predicate.
void barrier(Warp& warp, const Instruction& i);
void clusterArrive(Warp& warp, const Instruction& i);
void clusterWait(Warp& warp, const Instruction& i);
void warpBarrier(Warp& warp, const Instruction& i);
bool converged(Warp& warp, const Instruction& i, std::uint32_t lanes);
void checkBarriers(Block& block);    // after an arrival or the end of a thread
void checkCluster(Cluster& cluster);

// Between lanes; e is the mask of lanes.
enum class Shuffle : std::uint32_t { Up, Down, Bfly, Idx };
void shuffle(Warp& warp, const Instruction& i);
enum class Vote : std::uint32_t { All, Any, Uni, Ballot };
void vote(Warp& warp, const Instruction& i);
void matchAny(Warp& warp, const Instruction& i);
void matchAll(Warp& warp, const Instruction& i);
void activeMask(Warp& warp, const Instruction& i);
void elect(Warp& warp, const Instruction& i);
Execute reduxFunction(const std::string& operation, const std::string& type);

// Asynchronous copies, mbarriers, clusters.
void asyncCopy(Warp& warp, const Instruction& i);       // cp.async
void asyncCommit(Warp& warp, const Instruction& i);
void asyncWait(Warp& warp, const Instruction& i);       // immediate: groups that may be in flight
void finishAsync(Warp& warp, int lane, std::size_t groupsLeft, bool open);
void bulkToShared(Warp& warp, const Instruction& i);    // mode 1: from shared memory
void bulkToGlobal(Warp& warp, const Instruction& i);
void bulkCommit(Warp& warp, const Instruction& i);
void bulkWait(Warp& warp, const Instruction& i);
void finishBulk(Warp& warp, int lane, std::size_t groupsLeft, bool open);
void barrierInit(Warp& warp, const Instruction& i);
void barrierInvalidate(Warp& warp, const Instruction& i);
void barrierArrive(Warp& warp, const Instruction& i);   // mode: see mbarrier.cpp
void barrierTryWait(Warp& warp, const Instruction& i);  // mode 1: by parity
void mapAddress(Warp& warp, const Instruction& i);      // mapa
void clusterRankOf(Warp& warp, const Instruction& i);   // getctarank
void storeAsync(Warp& warp, const Instruction& i);      // st.async

// The mbarrier at `at`; ends the launch when there is none.
MBarrier& mbarrierAt(Warp& warp, const Instruction& i, int lane, const std::uint8_t* at);
void completeIfDone(Warp& warp, MBarrier& barrier);

}  // namespace machine
