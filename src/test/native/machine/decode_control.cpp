// Decoding of control flow, fences, barriers, instructions between lanes, asynchronous copies.
#include "assembler.h"

namespace machine {

void Assembler::control(const ptx::Statement& s, Instruction& made, Opcode& op) {
  if (op.base == "bra") {
    op.take("uni");
    expectOperands(s, 1, 1);
    if (!op.parts.empty() || s.operands[0].kind != ptx::Operand::Name) unknown(s);
    jumps_.push_back({kernel_.code.size(), s.operands[0].name, s.scope, s.line});
    made.run = branch;
  } else if (op.base == "ret" || op.base == "exit") {
    op.take("uni");
    expectOperands(s, 0, 0);
    made.run = exitThreads;
  } else if (op.base == "trap") {
    expectOperands(s, 0, 0);
    made.run = trap;
  } else if (op.base == "nanosleep") {
    made.run = yieldTurn;
  } else {  // prefetch and griddepcontrol change no result
    made.run = nothing;
  }
  emit(made);
}

void Assembler::fences(const ptx::Statement& s, Instruction& made, Opcode& op) {
  made.run = fence;
  if (op.base == "membar") {
    if (op.take("cta")) made.scope = Scope::Block;
    else if (!op.take("gl") && !op.take("sys")) unknown(s);
  } else if (op.take("proxy")) {
    made.run = fenceProxy;
    if (!op.take("async")) made.run = nothing;
    op.parts.clear();
  } else if (op.take("mbarrier_init")) {
    op.parts.clear();  // fence.mbarrier_init.release.cluster
    made.scope = Scope::Cluster;
  } else {
    op.take("sc"), op.take("acq_rel"), op.take("acquire"), op.take("release");
    if (op.take("cta")) made.scope = Scope::Block;
    else if (op.take("cluster")) made.scope = Scope::Cluster;
    else if (!op.take("gpu") && !op.take("sys")) unknown(s);
  }
  if (!op.parts.empty()) unknown(s);
  emit(made);
}

void Assembler::barriers(const ptx::Statement& s, Instruction& made, Opcode& op) {
  made.aligned = op.take("aligned") || op.base == "bar";
  op.take("cta");
  if (op.take("cluster")) {
    op.take("release"), op.take("acquire");
    made.release = !op.take("relaxed");
    made.run = op.take("arrive") ? clusterArrive : op.take("wait") ? clusterWait : nullptr;
    if (!made.run || !op.parts.empty()) unknown(s);
    return emit(made);
  }
  if (op.base == "bar" && op.take("warp")) {
    expectOperands(s, 1, 1);
    if (!op.take("sync") || !op.parts.empty()) unknown(s);
    made.a = source(s.operands[0], 4);
    made.run = warpBarrier;
    return emit(made);
  }
  made.run = barrier;
  std::size_t first = 0;
  if (op.take("red")) {
    made.mode = op.take("popc") ? 2 : op.take("and") ? 3 : op.take("or") ? 4 : 0;
    if (made.mode == 0) unknown(s);
    op.takeType();
    expectOperands(s, 3, 4);
    made.d = target(s.operands[0], made.mode == 2 ? 4 : 0);
    made.c = source(s.operands.back(), 0);
    made.sourceWidth = s.operands.back().negated;
    if (s.operands.size() == 4) made.b = source(s.operands[2], 4);
    first = 1;
  } else {
    made.mode = op.take("arrive") ? 1 : op.take("sync") ? 0 : 9;
    if (made.mode == 9) unknown(s);
    expectOperands(s, made.mode == 1 ? 2 : 1, 2);
    if (s.operands.size() == 2) made.b = source(s.operands[1], 4);
  }
  if (!op.parts.empty()) unknown(s);
  made.a = source(s.operands[first], 4);
  emit(made);
}

void Assembler::lanes(const ptx::Statement& s, Instruction& made, Opcode& op) {
  auto targets = [&](int bytes) {
    const ptx::Operand& to = s.operands[0];
    made.d = target(to.pair ? to.elements[0] : to, bytes);
    made.places[0] = to.pair ? target(to.elements[1], 0) : kNowhere;
  };
  if (op.base == "activemask") {
    expectOperands(s, 1, 1);
    targets(4);
    made.run = activeMask;
    return emit(made);
  }
  if (!op.take("sync")) unknown(s);
  const std::string type = op.takeType();
  if (op.base == "shfl") {
    expectOperands(s, 5, 5);
    const Shuffle kind = op.take("up") ? Shuffle::Up : op.take("down") ? Shuffle::Down : op.take("bfly") ? Shuffle::Bfly : Shuffle::Idx;
    if (kind == Shuffle::Idx && !op.take("idx")) unknown(s);
    targets(4);
    made.a = source(s.operands[1], 4), made.b = source(s.operands[2], 4), made.c = source(s.operands[3], 4);
    made.mode = static_cast<std::uint32_t>(kind);
    made.run = shuffle;
  } else if (op.base == "vote") {
    expectOperands(s, 3, 3);
    const Vote kind = op.take("all") ? Vote::All : op.take("any") ? Vote::Any : op.take("uni") ? Vote::Uni : Vote::Ballot;
    if (kind == Vote::Ballot && !op.take("ballot")) unknown(s);
    targets(kind == Vote::Ballot ? 4 : 0);
    made.a = source(s.operands[1], 0), made.sourceWidth = s.operands[1].negated;
    made.mode = static_cast<std::uint32_t>(kind);
    made.run = vote;
  } else if (op.base == "match") {
    expectOperands(s, 3, 3);
    made.run = op.take("any") ? matchAny : op.take("all") ? matchAll : nullptr;
    made.bytes = static_cast<std::uint8_t>(ptx::bytesOf(type));
    if (!made.run || made.bytes < 4) unknown(s);
    targets(4);
    made.a = source(s.operands[1], made.bytes);
  } else if (op.base == "redux") {
    expectOperands(s, 3, 3);
    made.run = op.parts.size() == 1 ? reduxFunction(op.takeType(), type) : nullptr;
    if (!made.run) unknown(s);
    targets(4);
    made.a = source(s.operands[1], 4);
  } else {  // elect.sync d|p, mask
    if (!type.empty()) unknown(s);
    expectOperands(s, 2, 2);
    targets(4);
    made.run = elect;
  }
  if (!op.parts.empty()) unknown(s);
  made.e = source(s.operands.back(), 4);
  emit(made);
}

}  // namespace machine
