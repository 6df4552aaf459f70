// From statements to instructions: places for operands, functions for opcodes.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "environment.h"
#include "instructions.h"
#include "program.h"
#include "ptx.h"

namespace machine {

// Addresses of variables, by name; `space` is global, shared or local.
struct Symbol {
  std::string space;
  std::uint64_t address = 0;  // global: in device memory; shared: from kSharedBase; local: offset
};

// An opcode taken apart: "ld.global.nc.v4.f32" is base "ld", parts {global, nc, v4, f32}.
struct Opcode {
  std::string base;
  std::vector<std::string> parts;
  explicit Opcode(const std::string& text);
  bool take(const std::string& part);  // removes it if there
  std::string takeType();              // removes and returns the last part
};

class Assembler {
 public:
  Assembler(const ptx::Function& function, const std::unordered_map<std::string, Symbol>& symbols);
  Kernel assemble();
  int registerEstimate() const;

 private:
  friend struct Decoder;

  void instruction(const ptx::Statement& statement);
  bool special(const ptx::Statement& statement, Instruction& made);  // by base opcode, see decode_*.cpp
  void plain(const ptx::Statement& statement, Instruction& made);    // by the table of forms
  [[noreturn]] void unknown(const ptx::Statement& statement) const;
  [[noreturn]] void fail(const std::string& what) const { throw ptx::LoadError(line_, what); }

  // Places. A width of 0 is a predicate.
  Place source(const ptx::Operand& operand, int bytes);
  Place target(const ptx::Operand& operand, int bytes);  // a sink is kNowhere
  Place registerPlace(int index, int bytes);
  Place constant(std::uint64_t bits, int bytes);
  Place specialRegister(const std::string& name);  // kNowhere when there is none
  int widthOf(const ptx::Operand& operand, int otherwise) const;
  std::uint64_t symbolValue(const ptx::Operand& operand) const;
  void address(Instruction& made, const ptx::Operand& operand, Space space);
  void expectOperands(const ptx::Statement& statement, std::size_t least, std::size_t most) const;
  void emit(Instruction made) { kernel_.code.push_back(std::move(made)); }
  Place scratchPredicate();

  // decode_*.cpp
  void move(const ptx::Statement& s, Instruction& made, Opcode& op);
  void compareInto(const ptx::Statement& s, Instruction& made, Opcode& op);
  void convert(const ptx::Statement& s, Instruction& made, Opcode& op);
  void select(const ptx::Statement& s, Instruction& made, Opcode& op);
  void convertAddress(const ptx::Statement& s, Instruction& made, Opcode& op);
  void loadStore(const ptx::Statement& s, Instruction& made, Opcode& op, bool load);
  void atomic(const ptx::Statement& s, Instruction& made, Opcode& op, bool reduction);
  void control(const ptx::Statement& s, Instruction& made, Opcode& op);
  void fences(const ptx::Statement& s, Instruction& made, Opcode& op);
  void barriers(const ptx::Statement& s, Instruction& made, Opcode& op);
  void lanes(const ptx::Statement& s, Instruction& made, Opcode& op);
  void asynchronous(const ptx::Statement& s, Instruction& made, Opcode& op);
  void mbarrier(const ptx::Statement& s, Instruction& made, Opcode& op);
  void clusterAddress(const ptx::Statement& s, Instruction& made, Opcode& op);
  void bulk(const ptx::Statement& s, Instruction& made, Opcode& op);
  std::uint8_t otherAddress(const ptx::Operand& operand, Place& place, std::int64_t& offset);
  void storeAsynchronous(const ptx::Statement& s, Instruction& made, Opcode& op);
  void noteGranule(const Instruction& made, int bytes);
  Environment takeEnvironment(Opcode& op);

  void resolveLabels();

  const ptx::Function& function_;
  const std::unordered_map<std::string, Symbol>& symbols_;
  Kernel kernel_;
  int line_ = 0;
  std::vector<Place> registerPlaces_;
  std::map<std::pair<std::uint64_t, int>, Place> constants_;
  std::unordered_map<std::string, Place> specials_;
  std::vector<std::map<std::string, std::uint32_t>> labels_;  // by scope
  struct Jump {
    std::size_t instruction;
    std::string label;
    int scope, line;
  };
  std::vector<Jump> jumps_;
  Place scratch_ = kNowhere;
};

}  // namespace machine
