// Decoding of asynchronous copies, mbarriers and cluster addresses.
#include "assembler.h"

namespace machine {

namespace {
void dropOrder(Opcode& op) {
  for (const char* part : {"release", "acquire", "relaxed", "cta", "cluster", "shared", "shared::cta", "shared::cluster"}) op.take(part);
}
}  // namespace

// The second and third address of an instruction: register place and offset.
std::uint8_t Assembler::otherAddress(const ptx::Operand& operand, Place& place, std::int64_t& offset) {
  Instruction scratch;
  address(scratch, operand, Space::Shared);
  place = scratch.a;
  offset = scratch.immediate;
  return scratch.sourceWidth;
}

void Assembler::asynchronous(const ptx::Statement& s, Instruction& made, Opcode& op) {
  if (!op.take("async")) unknown(s);
  if (op.take("bulk")) return bulk(s, made, op);
  if (op.take("commit_group")) made.run = asyncCommit;
  else if (op.take("wait_group")) expectOperands(s, 1, 1), made.run = asyncWait, made.immediate = static_cast<std::int64_t>(s.operands[0].bits);
  else if (op.take("wait_all")) made.run = asyncWait, made.immediate = -1;
  else if (op.take("mbarrier")) {
    const bool noIncrement = op.take("noinc");
    dropOrder(op), op.take("arrive"), op.take("b64");
    if (!noIncrement) fail("cp.async.mbarrier.arrive is supported with .noinc only");
    expectOperands(s, 1, 1);
    address(made, s.operands[0], Space::Shared);
    made.strong = true, made.mode = 4;
    made.run = barrierArrive;
  } else {
    expectOperands(s, 3, 4);
    const bool known = (op.take("ca") || op.take("cg"));
    if (!op.take("shared")) op.take("shared::cta");
    op.take("global"), op.take("L2::64B"), op.take("L2::128B"), op.take("L2::256B");
    if (!known) unknown(s);
    made.bytes = static_cast<std::uint8_t>(s.operands[2].bits);
    if (made.bytes != 4 && made.bytes != 8 && made.bytes != 16) fail("cp.async copies 4, 8 or 16 bytes");
    address(made, s.operands[1], Space::Global);
    if (made.sourceWidth != 8) fail("cp.async needs a 64-bit source address");
    made.mode = otherAddress(s.operands[0], made.places[0], made.immediate2);
    if (s.operands.size() == 4) made.b = source(s.operands[3], 4);
    made.run = asyncCopy;
    noteGranule(made, 4);
  }
  if (!op.parts.empty()) unknown(s);
  emit(made);
}

void Assembler::bulk(const ptx::Statement& s, Instruction& made, Opcode& op) {
  if (op.take("commit_group")) {
    made.run = bulkCommit;
  } else if (op.take("wait_group")) {
    op.take("read");
    expectOperands(s, 1, 1);
    made.immediate = static_cast<std::int64_t>(s.operands[0].bits);
    made.run = bulkWait;
  } else if (op.take("bulk_group")) {
    if (!op.take("global") || !op.take("shared::cta")) unknown(s);
    expectOperands(s, 3, 3);
    address(made, s.operands[0], Space::Global);
    made.width = otherAddress(s.operands[1], made.places[0], made.immediate2);
    made.b = source(s.operands[2], 4);
    made.run = bulkToGlobal;
  } else {
    if (!op.take("mbarrier::complete_tx::bytes")) unknown(s);
    made.mode = op.take("global") ? 0 : 1;
    if (made.mode == 1 && !op.take("shared::cta")) unknown(s);
    op.take("shared::cluster"), op.take("shared::cta");
    expectOperands(s, 4, 4);
    address(made, s.operands[1], made.mode ? Space::Shared : Space::Global);
    made.width = otherAddress(s.operands[0], made.places[0], made.immediate2);
    made.b = source(s.operands[2], 4);
    made.vector = otherAddress(s.operands[3], made.places[1], made.immediate3);
    made.run = bulkToShared;
  }
  if (!op.parts.empty()) unknown(s);
  emit(made);
}

void Assembler::mbarrier(const ptx::Statement& s, Instruction& made, Opcode& op) {
  std::size_t at = 0;
  const std::size_t operands = s.operands.size();
  made.strong = true;
  if (op.take("init")) {
    expectOperands(s, 2, 2);
    made.b = source(s.operands[1], 4);
    made.strong = false;
    made.run = barrierInit;
  } else if (op.take("inval")) {
    expectOperands(s, 1, 1);
    made.strong = false;
    made.run = barrierInvalidate;
  } else if (op.take("try_wait") || op.take("test_wait")) {
    expectOperands(s, 3, 4);
    made.mode = op.take("parity");
    made.d = target(s.operands[0], 0);
    made.b = source(s.operands[2], made.mode ? 4 : 8);
    made.run = barrierTryWait;
    at = 1;
  } else {
    const bool arrive = op.take("arrive"), drop = op.take("arrive_drop"), expect = op.take("expect_tx"), complete = op.take("complete_tx");
    op.take("noComplete");
    if (!arrive && !drop && !expect && !complete) unknown(s);
    made.mode = arrive ? (expect ? 1 : 0) : drop ? 5 : expect ? 2 : 3;
    const bool token = s.operands[0].kind != ptx::Operand::Memory;
    expectOperands(s, token ? 2 : 1, token ? 3 : 2);
    if (token) made.d = target(s.operands[0], 8);
    at = token ? 1 : 0;
    if (operands > at + 1) made.b = source(s.operands[at + 1], 4);
    else if (expect || complete) fail("needs a number of bytes");
    made.run = barrierArrive;
  }
  dropOrder(op);
  if (op.takeType() != "b64" || !op.parts.empty()) unknown(s);
  address(made, s.operands[at], Space::Shared);
  made.space = Space::Generic;  // a 64-bit address may be generic
  if (made.sourceWidth != 8) made.space = Space::Shared;
  noteGranule(made, 4);
  emit(made);
}

void Assembler::clusterAddress(const ptx::Statement& s, Instruction& made, Opcode& op) {
  const int bytes = ptx::bytesOf(op.takeType());
  op.take("shared::cluster"), op.take("shared::cta");
  if (!op.parts.empty() || bytes < 4) unknown(s);
  made.width = static_cast<std::uint8_t>(bytes);
  const bool map = op.base == "mapa";
  expectOperands(s, map ? 3 : 2, map ? 3 : 2);
  made.d = target(s.operands[0], map ? bytes : 4);
  made.a = source(s.operands[1], bytes);
  if (map) made.b = source(s.operands[2], 4);
  made.run = map ? mapAddress : clusterRankOf;
  emit(made);
}

void Assembler::storeAsynchronous(const ptx::Statement& s, Instruction& made, Opcode& op) {
  expectOperands(s, 3, 3);
  const std::string type = op.takeType();
  op.take("weak"), op.take("mbarrier::complete_tx::bytes");
  const int vector = op.take("v2") ? 2 : op.take("v4") ? 4 : 1;
  dropOrder(op);
  made.bytes = made.width = static_cast<std::uint8_t>(ptx::bytesOf(type));
  if (!op.parts.empty() || made.bytes < 4) unknown(s);
  made.vector = static_cast<std::uint8_t>(vector);
  const ptx::Operand& value = s.operands[1];
  if ((value.kind == ptx::Operand::Vector) != (vector > 1) || (vector > 1 && static_cast<int>(value.elements.size()) != vector))
    fail("expected " + std::to_string(vector) + " registers");
  for (int n = 0; n < vector; n++) made.places[n] = source(vector > 1 ? value.elements[static_cast<std::size_t>(n)] : value, made.bytes);
  address(made, s.operands[0], Space::Shared);
  made.mode = otherAddress(s.operands[2], made.b, made.immediate2);
  made.run = storeAsync;
  noteGranule(made, 4);
  emit(made);
}

}  // namespace machine
