// load and unload: text to module, globals into device memory.
#include <algorithm>

#include "assembler.h"

namespace machine {

namespace {

std::uint64_t alignUp(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

// Shared variables of a kernel, one after the other; external ones (dynamic) start behind them.
std::uint32_t placeShared(const std::vector<const ptx::Variable*>& variables, std::unordered_map<std::string, Symbol>& symbols) {
  std::uint64_t end = 0;
  for (const ptx::Variable* one : variables) {
    if (one->external) continue;
    end = alignUp(end, one->alignment);
    symbols[one->name] = {"shared", kSharedBase + end};
    end += one->size;
  }
  std::uint64_t alignment = 1;
  for (const ptx::Variable* one : variables)
    if (one->external) alignment = std::max(alignment, one->alignment);
  end = alignUp(end, alignment);
  for (const ptx::Variable* one : variables)
    if (one->external) symbols[one->name] = {"shared", kSharedBase + end};
  return static_cast<std::uint32_t>(end);
}

// Only the shared variables of the module that a kernel names count for it.
bool mentions(const ptx::Operand& operand, const std::string& name) {
  return operand.name == name || std::any_of(operand.elements.begin(), operand.elements.end(), [&](const ptx::Operand& one) { return mentions(one, name); });
}
bool mentions(const ptx::Function& function, const std::string& name) {
  for (const ptx::Statement& statement : function.statements)
    for (const ptx::Operand& operand : statement.operands)
      if (mentions(operand, name)) return true;
  return false;
}

Entry makeEntry(const ptx::Text& text, const ptx::Function& function, std::unordered_map<std::string, Symbol> symbols) {
  Entry entry;
  entry.name = function.name;
  entry.parameters = function.parameters;
  entry.parameterBytes = function.parameterBytes;
  std::vector<const ptx::Variable*> shared;
  std::uint64_t local = 0;
  for (const ptx::Variable& one : text.variables)
    if (one.space == "shared" && mentions(function, one.name)) shared.push_back(&one);
  for (const ptx::Variable& one : function.variables) {
    if (one.space == "shared") shared.push_back(&one);
    else if (one.space == "local") local = alignUp(local, one.alignment), symbols[one.name] = {"local", local}, local += one.size;
    else throw ptx::LoadError(one.line, "." + one.space + " variables inside a function are not supported");
  }
  entry.staticShared = placeShared(shared, symbols);
  entry.localBytes = static_cast<std::uint32_t>(alignUp(local, 16));
  if (function.maxThreads.x) entry.maxThreads = static_cast<int>(function.maxThreads.count());
  entry.requiredBlock = function.requiredThreads;
  if (function.requiredThreads.x) entry.maxThreads = static_cast<int>(function.requiredThreads.count());
  entry.requiredCluster = function.requiredCluster;
  entry.explicitCluster = function.explicitCluster;
  Assembler assembler(function, symbols);
  // An assembler spills rather than take more than leave room for the block that was promised.
  const int promised = entry.maxThreads * std::max(1, function.minBlocks);
  const int most = function.maxThreads.x || function.requiredThreads.x ? std::min(255, 65536 / promised / 8 * 8) : 255;
  entry.registers = std::min(assembler.registerEstimate(), most);
  Kernel kernel = assembler.assemble();
  kernel.staticShared = entry.staticShared;
  kernel.localBytes = entry.localBytes;
  kernel.files = text.files;
  entry.code = std::make_shared<const Kernel>(std::move(kernel));
  return entry;
}

void placeGlobals(const ptx::Text& text, Module& module, DeviceMemory& memory, std::unordered_map<std::string, Symbol>& symbols) {
  for (const ptx::Variable& one : text.variables) {
    if (one.space == "shared") continue;
    if (one.external) throw ptx::LoadError(one.line, "external variable " + one.name + " is not defined");
    Address address = memory.allocate(one.size, "module variable " + one.name);
    if (address == 0) throw ptx::LoadError(one.line, "no memory for " + one.name);
    module.globals.push_back({one.name, address, one.size});
    std::vector<std::uint8_t> initial = one.initial;
    initial.resize(one.size);
    memory.write(address, initial.data(), initial.size());
    symbols[one.name] = {"global", address};
  }
}

}  // namespace

// Longest stretch of the text over which registers live, as a compiler without scheduling would
// need them. The true number is the assembler's; this one only orders kernels by appetite.
int Assembler::registerEstimate() const {
  const std::size_t none = ~std::size_t{0};
  std::vector<std::size_t> first(function_.registers.size(), none), last(function_.registers.size(), 0);
  auto visit = [&](const ptx::Operand& operand, std::size_t at, auto&& self) -> void {
    if (operand.reg >= 0) {
      std::size_t index = static_cast<std::size_t>(operand.reg);
      first[index] = std::min(first[index], at);
      last[index] = at;
    }
    for (const ptx::Operand& one : operand.elements) self(one, at, self);
  };
  for (std::size_t at = 0; at < function_.statements.size(); at++)
    for (const ptx::Operand& operand : function_.statements[at].operands) visit(operand, at, visit);
  std::vector<int> change(function_.statements.size() + 1, 0);
  for (std::size_t index = 0; index < first.size(); index++) {
    if (first[index] == none) continue;
    const int words = (ptx::bytesOf(function_.registers[index].type) + 3) / 4;
    change[first[index]] += words;
    change[last[index]] -= words;
  }
  int live = 0, most = 0;
  for (int step : change) most = std::max(most, live += step);
  return std::min(255, most + 8);
}

LoadResult load(const std::string& ptx, const LoadOptions& options, DeviceMemory& memory) {
  LoadResult result;
  auto module = std::make_unique<Module>();
  try {
    ptx::Text text = ptx::parse(ptx);
    module->ptxVersion = text.version;
    module->target = text.target;
    if (text.version > options.maxPtxVersion) {
      result.status = kUnsupportedPtxVersion;
      result.log = "PTX version " + std::to_string(text.version / 10) + "." + std::to_string(text.version % 10) + " is newer than " +
                   std::to_string(options.maxPtxVersion / 10) + "." + std::to_string(options.maxPtxVersion % 10) + ", which this driver knows";
      return result;
    }
    if (text.target > options.computeCapability) {
      result.status = kNoBinaryForGpu;
      result.log = "PTX is for sm_" + std::to_string(text.target) + " and the device is sm_" + std::to_string(options.computeCapability);
      return result;
    }
    std::unordered_map<std::string, Symbol> symbols;
    placeGlobals(text, *module, memory, symbols);
    for (const ptx::Function& function : text.functions) module->entries.push_back(makeEntry(text, function, symbols));
    result.module = std::move(module);
  } catch (const ptx::LoadError& error) {
    unload(*module, memory);
    result.status = kInvalidPtx;
    result.log = error.what();
  }
  return result;
}

void unload(Module& module, DeviceMemory& memory) {
  for (const Global& one : module.globals) memory.free(one.address);
  module.globals.clear();
}

const Entry* Module::entry(const std::string& name) const {
  for (const Entry& one : entries)
    if (one.name == name) return &one;
  return nullptr;
}

const Global* Module::global(const std::string& name) const {
  for (const Global& one : globals)
    if (one.name == name) return &one;
  return nullptr;
}

}  // namespace machine
