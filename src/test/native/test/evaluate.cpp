#include "evaluate.h"

namespace test {

namespace {

std::string registerOf(char kind, std::size_t index) {
  const char* prefix = kind == 'p' ? "%p" : kind == 'h' ? "%h" : kind == 'r' ? "%r" : "%d";
  return prefix + std::to_string(index);
}

std::string load(char kind, std::size_t index) {
  const std::string at = "[%d20+" + std::to_string(8 * index) + "];\n", name = registerOf(kind, index);
  switch (kind) {
    case 'p': return "ld.global.u32 %r20, " + at + "setp.ne.u32 " + name + ", %r20, 0;\n";
    case 'h': return "ld.global.b16 " + name + ", " + at;
    case 'r': return "ld.global.b32 " + name + ", " + at;
    default: return "ld.global.b64 " + name + ", " + at;
  }
}

std::string storeResult(char kind) {
  switch (kind) {
    case 'p': return "selp.b32 %r20, 1, 0, %p0;\nst.global.b32 [%d21], %r20;\n";
    case 'h': return "st.global.b16 [%d21], %h0;\n";
    case 'r': return "st.global.b32 [%d21], %r0;\n";
    default: return "st.global.b64 [%d21], %d0;\n";
  }
}

std::string kernelFor(const std::string& opcode, const std::string& signature, const std::vector<std::uint64_t>& inputs) {
  std::string text =
      ".version 8.6\n.target sm_90\n.address_size 64\n"
      ".visible .entry t(.param .u64 in, .param .u64 out) {\n"
      ".reg .pred %p<8>; .reg .b16 %h<8>; .reg .b32 %r<24>; .reg .b64 %d<24>;\n"
      "ld.param.u64 %d20, [in];\nld.param.u64 %d21, [out];\nmov.u32 %r21, %tid.x;\nmul.wide.u32 %d22, %r21, 8;\nadd.u64 %d21, %d21, %d22;\n"
      "mov.b64 %d0, 0;\nst.global.b64 [%d21], %d0;\n";
  std::string operands = registerOf(signature[0], 0);
  for (std::size_t index = 1; index < signature.size(); index++) {
    if (signature[index] == 'x') {
      operands += ", " + std::to_string(static_cast<std::int64_t>(inputs[index - 1]));
      continue;
    }
    text += load(signature[index], index);
    operands += ", " + registerOf(signature[index], index);
  }
  return text + opcode + " " + operands + ";\n" + storeResult(signature[0]) + "ret;\n}\n";
}

}  // namespace

std::vector<std::string>& evaluated() {
  static std::vector<std::string> all;
  return all;
}

std::uint64_t evaluate(const std::string& opcode, const std::string& signature, const std::vector<std::uint64_t>& inputs) {
  if (inputs.size() + 1 != signature.size()) throw Failure(opcode + ": the row has the wrong number of inputs");
  evaluated().push_back(opcode);
  Device device(kernelFor(opcode, signature, inputs));
  std::vector<std::uint64_t> values(8, 0);
  for (std::size_t n = 0; n < inputs.size(); n++) values[n + 1] = inputs[n];
  const machine::Address in = device.upload(values), out = device.reserve(33 * 8);
  expectClean(device.run("t", 1, 33, in, out));
  const auto results = device.download<std::uint64_t>(out, 33);
  for (std::size_t lane = 1; lane < results.size(); lane++) expectEqual(results[0], results[lane], opcode + ": lane " + std::to_string(lane) + " against lane 0");
  return results[0];
}

void check(const std::vector<Row>& rows) {
  std::string wrong;
  for (const Row& row : rows) {
    const std::uint64_t got = evaluate(row.opcode, row.signature, row.inputs);
    if (got == row.expected) continue;
    char text[160];
    std::snprintf(text, sizeof text, "\n    %s(0x%llx%s): expected 0x%llx but got 0x%llx", row.opcode, static_cast<unsigned long long>(row.inputs.at(0)),
                  row.inputs.size() > 1 ? ", ..." : "", static_cast<unsigned long long>(row.expected), static_cast<unsigned long long>(got));
    wrong += text;
  }
  if (!wrong.empty()) throw Failure(wrong);
}

}  // namespace test
