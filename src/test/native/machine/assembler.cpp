#include "assembler.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "forms.h"

namespace machine {

Opcode::Opcode(const std::string& text) {
  std::size_t from = 0;
  while (from <= text.size()) {
    std::size_t dot = std::min(text.find('.', from), text.size());
    std::string part = text.substr(from, dot - from);
    if (from == 0) base = part;
    else parts.push_back(part);
    from = dot + 1;
  }
}

bool Opcode::take(const std::string& part) {
  auto found = std::find(parts.begin(), parts.end(), part);
  if (found == parts.end()) return false;
  parts.erase(found);
  return true;
}

std::string Opcode::takeType() {
  if (parts.empty()) return "";
  std::string last = parts.back();
  parts.pop_back();
  return last;
}

Assembler::Assembler(const ptx::Function& function, const std::unordered_map<std::string, Symbol>& symbols)
    : function_(function), symbols_(symbols) {
  kernel_.name = function.name;
  labels_.resize(function.scopeParents.size());
  for (const ptx::Register& one : function.registers) {
    const int bytes = one.type == "pred" ? 0 : ptx::bytesOf(one.type);
    // Values start on a cache line; predicates are one word each.
    if (bytes) kernel_.registerBytes = (kernel_.registerBytes + 63) / 64 * 64;
    registerPlaces_.push_back(kernel_.registerBytes);
    kernel_.registerBytes += bytes ? static_cast<std::uint32_t>(bytes * kLanes) : 4;
  }
  kernel_.registerBytes = (kernel_.registerBytes + 63) / 64 * 64;
}

Kernel Assembler::assemble() {
  for (const ptx::Statement& statement : function_.statements) {
    line_ = statement.line;
    if (statement.opcode.empty()) labels_[static_cast<std::size_t>(statement.scope)][statement.label] = static_cast<std::uint32_t>(kernel_.code.size());
    else instruction(statement);
  }
  Instruction end;  // falling off the end is a return
  end.run = exitThreads;
  end.line = line_;
  emit(end);
  resolveLabels();
  for (std::uint32_t index = 0; index < kernel_.code.size(); index++) kernel_.code[index].index = index;
  return std::move(kernel_);
}

void Assembler::resolveLabels() {
  for (const Jump& jump : jumps_) {
    line_ = jump.line;
    int scope = jump.scope;
    for (; scope >= 0; scope = function_.scopeParents[static_cast<std::size_t>(scope)]) {
      auto found = labels_[static_cast<std::size_t>(scope)].find(jump.label);
      if (found == labels_[static_cast<std::size_t>(scope)].end()) continue;
      kernel_.code[jump.instruction].target = found->second;
      break;
    }
    if (scope < 0) fail("no label '" + jump.label + "'");
  }
}

void Assembler::instruction(const ptx::Statement& statement) {
  Instruction made;
  made.line = statement.line;
  made.source = statement.source;
  made.negated = statement.negated;
  if (statement.predicate >= 0) made.predicate = registerPlace(statement.predicate, 0);
  if (!special(statement, made)) plain(statement, made);
}

bool Assembler::special(const ptx::Statement& statement, Instruction& made) {
  using Decode = void (*)(Assembler&, const ptx::Statement&, Instruction&, Opcode&);
#define DECODE(...) [](Assembler& a, const ptx::Statement& s, Instruction& i, Opcode& op) { a.__VA_ARGS__; }
  static const std::unordered_map<std::string, Decode> table = {
      {"mov", DECODE(move(s, i, op))}, {"setp", DECODE(compareInto(s, i, op))}, {"cvt", DECODE(convert(s, i, op))},
      {"selp", DECODE(select(s, i, op))}, {"cvta", DECODE(convertAddress(s, i, op))},
      {"ld", DECODE(loadStore(s, i, op, true))}, {"ldu", DECODE(loadStore(s, i, op, true))}, {"st", DECODE(loadStore(s, i, op, false))},
      {"atom", DECODE(atomic(s, i, op, false))}, {"red", DECODE(atomic(s, i, op, true))},
      {"bra", DECODE(control(s, i, op))}, {"ret", DECODE(control(s, i, op))}, {"exit", DECODE(control(s, i, op))},
      {"trap", DECODE(control(s, i, op))}, {"nanosleep", DECODE(control(s, i, op))}, {"prefetch", DECODE(control(s, i, op))},
      {"griddepcontrol", DECODE(control(s, i, op))}, {"membar", DECODE(fences(s, i, op))}, {"fence", DECODE(fences(s, i, op))},
      {"bar", DECODE(barriers(s, i, op))}, {"barrier", DECODE(barriers(s, i, op))},
      {"shfl", DECODE(lanes(s, i, op))}, {"vote", DECODE(lanes(s, i, op))}, {"match", DECODE(lanes(s, i, op))},
      {"activemask", DECODE(lanes(s, i, op))}, {"elect", DECODE(lanes(s, i, op))}, {"redux", DECODE(lanes(s, i, op))},
      {"cp", DECODE(asynchronous(s, i, op))}, {"mbarrier", DECODE(mbarrier(s, i, op))},
      {"mapa", DECODE(clusterAddress(s, i, op))}, {"getctarank", DECODE(clusterAddress(s, i, op))},
  };
#undef DECODE
  Opcode op(statement.opcode);
  auto found = table.find(op.base);
  if (found == table.end()) return false;
  found->second(*this, statement, made, op);
  return true;
}

Environment Assembler::takeEnvironment(Opcode& op) {
  Environment result;
  if (op.take("rz")) result.rounding = Rounding::Zero;
  else if (op.take("rm")) result.rounding = Rounding::Down;
  else if (op.take("rp")) result.rounding = Rounding::Up;
  else op.take("rn");
  result.flush = op.take("ftz");
  return result;
}

void Assembler::plain(const ptx::Statement& statement, Instruction& made) {
  auto join = [](const Opcode& op) {
    std::string name = op.base;
    for (const std::string& part : op.parts) name += "." + part;
    return name;
  };
  const Form* form = Forms::all().find(statement.opcode);
  Opcode op(statement.opcode);
  if (!form && !op.parts.empty()) {
    const std::string type = op.parts.back();
    static const std::unordered_set<std::string> floats = {"f32", "f64", "f16", "f16x2", "bf16", "bf16x2"};
    if (floats.count(type) == 0) unknown(statement);
    Environment environment = takeEnvironment(op);
    form = Forms::all().find(join(op));
    if (!form && op.take("sat")) environment.saturate = true, form = Forms::all().find(join(op));
    if (!form) unknown(statement);
    made.run = form->run;
    if (!environment.plain()) wrap(made, environment, ptx::bytesOf(type));
  }
  if (!form) unknown(statement);
  if (!made.run) made.run = form->run;
  expectOperands(statement, form->operands.size(), form->operands.size());
  Place* places[] = {&made.d, &made.a, &made.b, &made.c, &made.e};
  for (std::size_t n = 0; n < form->operands.size(); n++) {
    const ptx::Operand& operand = statement.operands[n];
    *places[n] = n == 0 ? target(operand, form->operands[n].bytes) : source(operand, form->operands[n].bytes);
    if (operand.negated) made.mode |= 1u << (n - 1);
  }
  if (made.d == kNowhere) fail("needs a target: '" + statement.opcode + "'");
  emit(made);
}

void Assembler::unknown(const ptx::Statement& statement) const { fail("unknown instruction: '" + statement.opcode + "'"); }

void Assembler::expectOperands(const ptx::Statement& statement, std::size_t least, std::size_t most) const {
  std::size_t got = statement.operands.size();
  if (got < least || got > most)
    fail(statement.opcode + ": expected " + std::to_string(least) + (most > least ? " to " + std::to_string(most) : "") + " operands but got " +
         std::to_string(got));
}

Place Assembler::registerPlace(int index, int bytes) {
  const ptx::Register& one = function_.registers[static_cast<std::size_t>(index)];
  int have = one.type == "pred" ? 0 : ptx::bytesOf(one.type);
  if (have != bytes)
    fail("register " + one.name + " is ." + one.type + ", expected " + (bytes ? std::to_string(8 * bytes) + " bits" : "a predicate"));
  return registerPlaces_[static_cast<std::size_t>(index)];
}

int Assembler::widthOf(const ptx::Operand& operand, int otherwise) const {
  if (operand.kind != ptx::Operand::Register) return otherwise;
  const std::string& type = function_.registers[static_cast<std::size_t>(operand.reg)].type;
  return type == "pred" ? 0 : ptx::bytesOf(type);
}

Place Assembler::constant(std::uint64_t bits, int bytes) {
  if (bytes < 8 && bytes > 0) bits &= (1ull << (8 * bytes)) - 1;
  auto [found, isNew] = constants_.try_emplace({bits, bytes}, kNowhere);
  if (!isNew) return found->second;
  std::size_t at = (kernel_.constants.size() + 63) / 64 * 64;
  int stride = bytes ? bytes : 4, count = bytes ? kLanes : 1;
  kernel_.constants.resize(at + static_cast<std::size_t>(stride * count));
  for (int lane = 0; lane < count; lane++) std::memcpy(&kernel_.constants[at + static_cast<std::size_t>(lane * stride)], &bits, static_cast<std::size_t>(stride));
  return found->second = kConstant | static_cast<Place>(at);
}

std::uint64_t Assembler::symbolValue(const ptx::Operand& operand) const {
  auto found = symbols_.find(operand.name);
  if (found != symbols_.end()) return found->second.address + static_cast<std::uint64_t>(operand.offset);
  for (const Parameter& one : function_.parameters)
    if (one.name == operand.name) return one.offset + static_cast<std::uint64_t>(operand.offset);
  fail("unknown name '" + operand.name + "'");
}

Place Assembler::source(const ptx::Operand& operand, int bytes) {
  switch (operand.kind) {
    case ptx::Operand::Register: return registerPlace(operand.reg, bytes);
    case ptx::Operand::Integer: return constant(bytes == 0 ? (operand.bits ? ~0ull : 0) : operand.bits, bytes);
    case ptx::Operand::Float:
      if (bytes != 4) fail("a 32-bit float where " + std::to_string(8 * bytes) + " bits are expected");
      return constant(operand.bits, 4);
    case ptx::Operand::Double:
      if (bytes != 8) fail("a 64-bit float where " + std::to_string(8 * bytes) + " bits are expected");
      return constant(operand.bits, 8);
    case ptx::Operand::Name: {
      if (operand.name == "WARP_SZ") return constant(kLanes, bytes);
      Place special = specialRegister(operand.name);
      if (special != kNowhere) {
        if (bytes != 4) fail("special register " + operand.name + " is 32 bits wide");
        return special;
      }
      return constant(symbolValue(operand), bytes);
    }
    default: fail("expected a register or a number");
  }
}

Place Assembler::target(const ptx::Operand& operand, int bytes) {
  if (operand.kind == ptx::Operand::Sink) return kNowhere;
  if (operand.kind != ptx::Operand::Register) fail("expected a register as target");
  return registerPlace(operand.reg, bytes);
}

Place Assembler::specialRegister(const std::string& name) {
  static const std::unordered_map<std::string, Special> table = {
      {"%tid.x", Special::TidX}, {"%tid.y", Special::TidY}, {"%tid.z", Special::TidZ}, {"%ntid.x", Special::NtidX},
      {"%ntid.y", Special::NtidY}, {"%ntid.z", Special::NtidZ}, {"%ctaid.x", Special::CtaidX}, {"%ctaid.y", Special::CtaidY},
      {"%ctaid.z", Special::CtaidZ}, {"%nctaid.x", Special::NctaidX}, {"%nctaid.y", Special::NctaidY}, {"%nctaid.z", Special::NctaidZ},
      {"%laneid", Special::LaneId}, {"%warpid", Special::WarpId}, {"%nwarpid", Special::NwarpId}, {"%lanemask_eq", Special::LaneMaskEq},
      {"%lanemask_le", Special::LaneMaskLe}, {"%lanemask_lt", Special::LaneMaskLt}, {"%lanemask_ge", Special::LaneMaskGe},
      {"%lanemask_gt", Special::LaneMaskGt}, {"%smid", Special::SmId}, {"%nsmid", Special::NsmId}, {"%gridid", Special::GridId},
      {"%dynamic_smem_size", Special::DynamicSharedSize}, {"%total_smem_size", Special::TotalSharedSize},
      {"%cluster_ctaid.x", Special::ClusterCtaidX}, {"%cluster_ctaid.y", Special::ClusterCtaidY}, {"%cluster_ctaid.z", Special::ClusterCtaidZ},
      {"%cluster_nctaid.x", Special::ClusterNctaidX}, {"%cluster_nctaid.y", Special::ClusterNctaidY}, {"%cluster_nctaid.z", Special::ClusterNctaidZ},
      {"%cluster_ctarank", Special::ClusterCtaRank}, {"%cluster_nctarank", Special::ClusterNctaRank}, {"%clusterid.x", Special::ClusteridX},
      {"%clusterid.y", Special::ClusteridY}, {"%clusterid.z", Special::ClusteridZ}, {"%nclusterid.x", Special::NclusteridX},
      {"%nclusterid.y", Special::NclusteridY}, {"%nclusterid.z", Special::NclusteridZ}, {"%is_explicit_cluster", Special::IsExplicitCluster},
      {"%envreg0", Special::EnvReg0}, {"%envreg1", Special::EnvReg1}, {"%envreg2", Special::EnvReg2}, {"%envreg3", Special::EnvReg3}};
  auto known = specials_.find(name);
  if (known != specials_.end()) return known->second;
  auto found = table.find(name);
  if (found == table.end()) return kNowhere;
  Place place = kernel_.registerBytes;
  kernel_.registerBytes += 4 * kLanes;
  kernel_.specials.push_back({found->second, place});
  return specials_[name] = place;
}

Place Assembler::scratchPredicate() {
  if (scratch_ == kNowhere) scratch_ = kernel_.registerBytes, kernel_.registerBytes += 64;
  return scratch_;
}

void Assembler::address(Instruction& made, const ptx::Operand& operand, Space space) {
  if (operand.kind != ptx::Operand::Memory) fail("expected an address in brackets");
  made.space = space;
  made.immediate = operand.offset;
  if (operand.reg >= 0) {
    made.sourceWidth = static_cast<std::uint8_t>(widthOf(operand, 8));
    if (function_.registers[static_cast<std::size_t>(operand.reg)].type == "pred") fail("a predicate is not an address");
    made.sourceWidth = static_cast<std::uint8_t>(ptx::bytesOf(function_.registers[static_cast<std::size_t>(operand.reg)].type));
    if (made.sourceWidth < 4) fail("an address has 32 or 64 bits");
    made.a = registerPlace(operand.reg, made.sourceWidth);
  } else if (!operand.name.empty()) {
    made.sourceWidth = 0;
    ptx::Operand name = operand;
    name.offset = 0;
    made.immediate += static_cast<std::int64_t>(symbolValue(name));
  } else {
    made.sourceWidth = 0;
  }
}

}  // namespace machine
