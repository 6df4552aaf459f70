// PTX text as statements: names of registers resolved, everything else as written.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine.h"

namespace machine::ptx {

// A defect of the text; `load` turns it into status and log.
struct LoadError : std::runtime_error {
  LoadError(int line, const std::string& what)
      : std::runtime_error("line " + std::to_string(line) + ": " + what) {}
};

struct Operand {
  enum Kind { Register, Integer, Float, Double, Name, Memory, Vector, Sink };
  Kind kind = Sink;
  bool negated = false;       // !%p1
  int reg = -1;               // Register, or base of Memory
  std::string name;           // Name, or base of Memory; special registers begin with %
  std::uint64_t bits = 0;     // Integer, Float (in the low half), Double
  std::int64_t offset = 0;    // Memory, Name
  std::vector<Operand> elements;  // Vector {a, b}; the two halves of a|b
  bool pair = false;              // elements came from a|b
};

struct Source {
  int file = 0, line = 0;
  int callerFile = 0, callerLine = 0;  // where the code was inlined, or 0
};

struct Statement {
  std::string opcode;  // with all modifiers; empty for a label
  std::string label;
  int predicate = -1;
  bool negated = false;
  std::vector<Operand> operands;
  int scope = 0;
  int line = 0;
  Source source;
};

struct Register {
  std::string name;
  std::string type;  // "pred", "b32", "f32" ...
};

struct Variable {
  std::string name;
  std::string space;  // global, const, shared, local
  std::uint64_t size = 0, alignment = 1;
  bool external = false;
  std::vector<std::uint8_t> initial;  // empty: zeros
  int line = 0;
};

struct Function {
  std::string name;
  std::vector<Parameter> parameters;
  std::uint32_t parameterBytes = 0;
  std::vector<Register> registers;
  std::vector<Variable> variables;
  std::vector<Statement> statements;
  std::vector<int> scopeParents;  // labels are looked up from the inside out
  int minBlocks = 0;  // .minnctapersm
  Dim3 maxThreads{0, 0, 0}, requiredThreads{0, 0, 0}, requiredCluster{0, 0, 0};
  bool explicitCluster = false;
  int line = 0;
};

struct Text {
  int version = 0;  // 8.3 is 83
  int target = 0;
  std::map<int, std::string> files;
  std::vector<Variable> variables;
  std::vector<Function> functions;
};

Text parse(const std::string& text);

int bytesOf(const std::string& type);  // of "u32", "f64", "f16x2" ...; 0 for others

struct Token {
  enum Kind { Word, Number, Float, Double, Text, Mark, End };
  Kind kind = End;
  std::string text;
  std::uint64_t bits = 0;
  int line = 0;
};

std::vector<Token> tokens(const std::string& text);

}  // namespace machine::ptx
