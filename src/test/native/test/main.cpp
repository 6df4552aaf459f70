#include <dirent.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

#include "evaluate.h"
#include "forms.h"
#include "test.h"

namespace test {

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

Device::Device(const std::string& ptx, int computeCapability) : memory(0, 1ull << 30) {
  limits.computeCapability = computeCapability;
  machine::LoadOptions options;
  options.computeCapability = computeCapability;
  machine::LoadResult loaded = machine::load(ptx, options, memory);
  if (!loaded.module) throw Failure("does not load: " + loaded.log);
  module = std::move(loaded.module);
}

Device::~Device() { machine::unload(*module, memory); }

const machine::Entry& Device::entryOf(const std::string& name) const {
  const machine::Entry* entry = module->entry(name);
  if (!entry) throw Failure("no entry " + name);
  return *entry;
}

void Device::put(const machine::Entry& kernel, machine::Launch& launch, std::size_t index, const void* from, std::size_t bytes) {
  if (index >= kernel.parameters.size()) throw Failure("too many parameters");
  const machine::Parameter& parameter = kernel.parameters[index];
  if (parameter.size != bytes) throw Failure("parameter " + parameter.name + " has " + std::to_string(parameter.size) + " bytes");
  std::memcpy(launch.parameters.data() + parameter.offset, from, bytes);
}

void expectClean(const machine::LaunchResult& result) {
  if (!result.findings.empty()) throw Failure("finding: " + result.findings[0].message);
  if (result.status != machine::kSuccess) throw Failure("status " + std::to_string(result.status) + ": " + result.message);
}

void expectFinding(const machine::LaunchResult& result, machine::FindingKind kind, int ptxLine) {
  std::string got;
  for (const machine::Finding& one : result.findings) {
    if (one.kind == kind && one.ptxLine == ptxLine) return;
    got += "\n    " + one.message;
  }
  throw Failure(std::string("expected '") + machine::name(kind) + "' at PTX line " + std::to_string(ptxLine) + " but got" + (got.empty() ? " nothing" : got));
}

std::string readFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Failure("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> filesIn(const std::string& folder, const std::string& ending) {
  std::vector<std::string> result;
  DIR* open = opendir(folder.c_str());
  if (!open) throw Failure("cannot open " + folder);
  while (const dirent* one = readdir(open)) {
    std::string name = one->d_name;
    if (name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0) result.push_back(folder + "/" + name);
  }
  closedir(open);
  std::sort(result.begin(), result.end());
  return result;
}

// Forms that no row of the tests has evaluated.
std::string untested() {
  std::set<std::string> seen;
  for (const std::string& opcode : evaluated()) {
    std::string name;
    std::istringstream parts(opcode);
    for (std::string part; std::getline(parts, part, '.');)
      if (part != "rn" && part != "rz" && part != "rm" && part != "rp") name += (name.empty() ? "" : ".") + part;
    seen.insert(name);
    const std::size_t flush = name.find(".ftz");
    if (flush != std::string::npos) seen.insert(name.erase(flush, 4));
  }
  std::string missing;
  for (const std::string& name : machine::Forms::all().names())
    if (seen.count(name) == 0 && name.rfind("mov.", 0) != 0) missing += " " + name;
  return missing;
}

}  // namespace test

// machine-test [part of a name]
int main(int count, char** arguments) {
  const std::string filter = count > 1 ? arguments[1] : "";
  int failed = 0, ran = 0;
  for (const test::Test& one : test::tests()) {
    if (one.name.find(filter) == std::string::npos) continue;
    ran++;
    std::string problem;
    try {
      one.body();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    failed += !problem.empty();
    std::printf("%s %s%s%s\n", problem.empty() ? "ok  " : "FAIL", one.name.c_str(), problem.empty() ? "" : ": ", problem.c_str());
  }
  if (filter.empty()) {
    const std::string missing = test::untested();
    ran++, failed += !missing.empty();
    std::printf("%s forms_everyOneIsTested%s%s\n", missing.empty() ? "ok  " : "FAIL", missing.empty() ? "" : ": not", missing.c_str());
  }
  std::printf("%d tests, %d failed\n", ran, failed);
  return failed || ran == 0 ? 1 : 0;
}
