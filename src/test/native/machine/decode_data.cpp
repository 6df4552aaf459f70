// Decoding of moves, comparisons, conversions, loads, stores and atomics.
#include <algorithm>

#include "assembler.h"
#include "convert.h"
#include "forms.h"

namespace machine {

void Assembler::move(const ptx::Statement& s, Instruction& made, Opcode& op) {
  expectOperands(s, 2, 2);
  const std::string type = op.takeType();
  if (!op.parts.empty() || (type != "pred" && ptx::bytesOf(type) == 0)) unknown(s);
  const ptx::Operand &to = s.operands[0], &from = s.operands[1];
  const int bytes = ptx::bytesOf(type);
  const ptx::Operand* vector = from.kind == ptx::Operand::Vector ? &from : to.kind == ptx::Operand::Vector ? &to : nullptr;
  if (vector) {
    const bool pack = vector == &from;
    made.width = static_cast<std::uint8_t>(bytes);
    made.vector = static_cast<std::uint8_t>(vector->elements.size());
    made.bytes = static_cast<std::uint8_t>(bytes / made.vector);
    if (made.vector > 8 || made.bytes * made.vector != bytes) fail("vector does not fill " + std::to_string(8 * bytes) + " bits");
    for (int part = 0; part < made.vector; part++) {
      const ptx::Operand& element = vector->elements[static_cast<std::size_t>(part)];
      made.places[part] = pack ? source(element, made.bytes) : target(element, made.bytes);
    }
    (pack ? made.d : made.a) = pack ? target(to, bytes) : source(from, bytes);
    made.run = pack ? packVector : unpackVector;
  } else if (type == "pred") {
    made.d = target(to, 0), made.a = source(from, 0), made.mode = from.negated;
    made.run = Forms::all().find("mov.pred")->run;
  } else if (from.name == "%clock" || from.name == "%clock64" || from.name == "%globaltimer" || from.name == "%clock_hi") {
    made.width = static_cast<std::uint8_t>(bytes);
    made.d = target(to, bytes);
    made.run = readClock;
  } else {
    made.d = target(to, bytes), made.a = source(from, bytes);
    made.run = Forms::all().find(bytes == 2 ? "mov.16" : bytes == 4 ? "mov.32" : "mov.64")->run;
  }
  if (!vector && made.d == kNowhere) fail("needs a target: '" + s.opcode + "'");
  emit(made);
}

// setp.lt.and.f32 p|q, a, b, !c: the comparison, then its complement, then both combined with c.
void Assembler::compareInto(const ptx::Statement& s, Instruction& made, Opcode& op) {
  expectOperands(s, 3, 4);
  std::string logic;
  for (const char* one : {"and", "or", "xor"})
    if (op.take(one)) logic = one;
  if (logic.empty() != (s.operands.size() == 3)) fail("setp: a third source goes with .and, .or or .xor");
  const bool flush = op.take("ftz");
  std::string name = "setp";
  for (const std::string& part : op.parts) name += "." + part;
  const Form* form = Forms::all().find(name);
  if (!form) unknown(s);
  const ptx::Operand& to = s.operands[0];
  const bool two = to.kind == ptx::Operand::Vector && to.pair;
  const Place first = two ? target(to.elements[0], 0) : target(to, 0);
  const Place second = two ? target(to.elements[1], 0) : kNowhere;
  const Place compared = scratchPredicate();
  const bool direct = !two && logic.empty();
  Instruction comparison = made;
  comparison.run = form->run;
  comparison.d = direct ? first : compared;
  comparison.a = source(s.operands[1], form->operands[1].bytes);
  comparison.b = source(s.operands[2], form->operands[2].bytes);
  if (flush) wrap(comparison, {Rounding::Nearest, true, false}, form->operands[1].bytes);
  if (direct && first == kNowhere) fail("needs a target: '" + s.opcode + "'");
  emit(comparison);
  if (direct) return;
  auto combine = [&](Place d, bool complement) {
    if (d == kNowhere) return;
    Instruction combined = made;
    combined.d = d, combined.a = compared, combined.mode = complement;
    combined.run = Forms::all().find(logic.empty() ? "mov.pred" : logic + ".pred")->run;
    if (!logic.empty()) {
      combined.b = source(s.operands[3], 0);
      combined.mode |= s.operands[3].negated ? 2u : 0u;
    }
    emit(combined);
  };
  combine(first, false);
  combine(second, true);
}

void Assembler::select(const ptx::Statement& s, Instruction& made, Opcode& op) {
  expectOperands(s, 4, 4);
  const Form* form = Forms::all().find(s.opcode);
  if (!form) unknown(s);
  const int bytes = ptx::bytesOf(op.takeType());
  made.run = form->run;
  made.d = target(s.operands[0], bytes), made.a = source(s.operands[1], bytes), made.b = source(s.operands[2], bytes);
  made.c = source(s.operands[3], 0);
  made.mode = s.operands[3].negated;
  emit(made);
}

void Assembler::convert(const ptx::Statement& s, Instruction& made, Opcode& op) {
  if (op.parts.size() < 2) unknown(s);
  const std::string from = op.takeType(), to = op.takeType();
  Environment environment = takeEnvironment(op);
  const bool integral = op.take("rni") || op.take("rzi") || op.take("rmi") || op.take("rpi");
  if (s.opcode.find(".rzi") != std::string::npos) environment.rounding = Rounding::Zero;
  if (s.opcode.find(".rmi") != std::string::npos) environment.rounding = Rounding::Down;
  if (s.opcode.find(".rpi") != std::string::npos) environment.rounding = Rounding::Up;
  const bool saturate = op.take("sat");
  if (to == "f16x2" || to == "bf16x2") {
    const Form* form = Forms::all().find(std::string(op.take("relu") ? "cvt.relu." : "cvt.") + to + "." + from);
    if (!form || !op.parts.empty()) unknown(s);
    expectOperands(s, 3, 3);
    made.run = form->run;
    made.d = target(s.operands[0], 4), made.a = source(s.operands[1], 4), made.b = source(s.operands[2], 4);
  } else {
    auto found = conversions().find(to + "." + from);
    if (found == conversions().end() || !op.parts.empty()) unknown(s);
    expectOperands(s, 2, 2);
    const Conversion& conversion = found->second;
    made.run = integral ? conversion.integral : conversion.plain;
    made.width = static_cast<std::uint8_t>(widthOf(s.operands[0], 0));
    made.sourceWidth = static_cast<std::uint8_t>(widthOf(s.operands[1], static_cast<int>(conversion.fromBytes)));
    if (made.width < conversion.toBytes || made.sourceWidth < conversion.fromBytes) fail("register too narrow for '" + s.opcode + "'");
    made.d = target(s.operands[0], made.width);
    made.a = source(s.operands[1], made.sourceWidth);
    made.mode = (saturate ? 1u : 0u) | (environment.flush ? 2u : 0u);
  }
  if (made.d == kNowhere) fail("needs a target: '" + s.opcode + "'");
  if (!environment.plain()) wrap(made, environment, 0);
  emit(made);
}

namespace {
const std::unordered_map<std::string, std::pair<Space, std::uint64_t>>& windows() {
  static const std::unordered_map<std::string, std::pair<Space, std::uint64_t>> table = {
      {"global", {Space::Global, 0}}, {"const", {Space::Global, 0}}, {"shared", {Space::Shared, kSharedWindow}},
      {"shared::cta", {Space::Shared, kSharedWindow}}, {"shared::cluster", {Space::Shared, kSharedWindow}},
      {"local", {Space::Local, kLocalWindow}}, {"param", {Space::Param, kParamWindow}}, {"param::entry", {Space::Param, kParamWindow}}};
  return table;
}
}  // namespace

// Windows have disjoint bits, so that conversion is an addition or a subtraction.
void Assembler::convertAddress(const ptx::Statement& s, Instruction& made, Opcode& op) {
  expectOperands(s, 2, 2);
  const std::string type = op.takeType();
  const bool to = op.take("to");
  if (op.parts.size() != 1 || type != "u64") unknown(s);
  auto window = windows().find(op.parts[0]);
  if (window == windows().end()) unknown(s);
  const std::uint64_t start = window->second.second;
  made.d = target(s.operands[0], 8);
  made.a = source(s.operands[1], 8);
  made.b = constant(to ? ~start + 1 : start, 8);
  made.run = Forms::all().find("add.u64")->run;
  emit(made);
}

namespace {
// Cache hints say nothing about results.
void dropHints(Opcode& op) {
  for (const char* hint : {"ca", "cg", "cs", "cv", "lu", "wb", "wt", "unified", "L1::no_allocate", "L1::evict_last", "L1::evict_first", "L1::evict_normal",
                           "L1::evict_unchanged", "L2::64B", "L2::128B", "L2::256B", "L2::evict_last", "L2::evict_first", "L2::evict_normal"})
    op.take(hint);
}

void takeOrder(Opcode& op, Instruction& made) {
  if (op.take("volatile") || op.take("relaxed") || op.take("mmio")) made.strong = true;
  if (op.take("acquire")) made.strong = made.acquire = true;
  if (op.take("release")) made.strong = made.release = true;
  if (op.take("acq_rel")) made.strong = made.acquire = made.release = true;
  op.take("weak");
  if (op.take("cta")) made.scope = Scope::Block;
  if (op.take("cluster")) made.scope = Scope::Cluster;
  op.take("gpu"), op.take("sys");
}

Space takeSpace(Opcode& op, Space otherwise) {
  for (const auto& [name, window] : windows())
    if (op.take(name)) return window.first;
  return otherwise;
}
}  // namespace

void Assembler::loadStore(const ptx::Statement& s, Instruction& made, Opcode& op, bool load) {
  expectOperands(s, 2, 2);
  if (op.take("async")) return storeAsynchronous(s, made, op);
  const std::string type = op.takeType();
  const int vector = op.take("v2") ? 2 : op.take("v4") ? 4 : op.take("v8") ? 8 : 1;
  const Space space = takeSpace(op, Space::Generic);
  made.readOnly = load && op.take("nc");
  dropHints(op);
  takeOrder(op, made);
  const int bytes = ptx::bytesOf(type);
  if (!op.parts.empty() || bytes == 0 || bytes * vector > 32) unknown(s);
  const ptx::Operand& value = s.operands[load ? 0 : 1];
  if ((value.kind == ptx::Operand::Vector) != (vector > 1)) fail("a vector access needs a vector of registers");
  const std::vector<ptx::Operand> elements = vector > 1 ? value.elements : std::vector<ptx::Operand>{value};
  if (static_cast<int>(elements.size()) != vector) fail("expected " + std::to_string(vector) + " registers");
  made.vector = static_cast<std::uint8_t>(vector);
  made.bytes = static_cast<std::uint8_t>(bytes);
  made.isSigned = type[0] == 's';
  for (const ptx::Operand& element : elements) made.width = std::max(made.width, static_cast<std::uint8_t>(widthOf(element, bytes)));
  if (made.width < bytes) fail("register too narrow for '" + s.opcode + "'");
  for (int n = 0; n < vector; n++) made.places[n] = load ? target(elements[static_cast<std::size_t>(n)], made.width) : source(elements[static_cast<std::size_t>(n)], made.width);
  address(made, s.operands[load ? 1 : 0], space);
  made.run = load ? loadFunction(bytes) : storeFunction(bytes);
  noteGranule(made, bytes * vector);
  emit(made);
}

void Assembler::noteGranule(const Instruction& made, int bytes) {
  if (made.space == Space::Global || made.space == Space::Generic) kernel_.globalGranule = std::min(kernel_.globalGranule, bytes);
  if (made.space == Space::Shared || made.space == Space::Generic) kernel_.sharedGranule = std::min(kernel_.sharedGranule, bytes);
}

void Assembler::atomic(const ptx::Statement& s, Instruction& made, Opcode& op, bool reduction) {
  const std::string type = op.takeType();
  const Space space = takeSpace(op, Space::Generic);
  dropHints(op);
  takeOrder(op, made);
  made.strong = true;
  std::string operation;
  for (const std::string& part : op.parts) operation += (operation.empty() ? "" : ".") + part;
  made.run = atomicFunction(operation, type);
  if (!made.run) unknown(s);
  const std::size_t first = reduction ? 0 : 1, count = first + (operation == "cas" ? 3 : 2);
  expectOperands(s, count, count);
  const int bytes = ptx::bytesOf(type);
  made.bytes = static_cast<std::uint8_t>(bytes);
  if (!reduction) made.d = target(s.operands[0], bytes);
  address(made, s.operands[first], space);
  made.b = source(s.operands[first + 1], bytes);
  if (operation == "cas") made.c = source(s.operands[first + 2], bytes);
  noteGranule(made, bytes);
  emit(made);
}

}  // namespace machine
