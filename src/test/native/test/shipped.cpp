#include "shipped.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace test {

namespace {

constexpr std::int64_t kChannels = 40, kValues = 512, kSpatial = 256;

std::string structOf(const std::string& stem, const std::string& entry) {
  if (stem == "bn_statistics") return "StatisticsArguments";
  if (stem == "bn_backward_reduce" || stem == "bn_backward_frozen") return "BackwardReduceArguments";
  if (stem == "bn_running_update") return "RunningUpdateArguments";
  if (stem == "bn_forward_onepass" || stem == "bn_forward_tile") return "ForwardOnepassArguments";
  if (stem == "bn_backward_onepass" || stem == "bn_backward_tile") return "BackwardOnepassArguments";
  if (entry.find("bn_moments") == 0) return "MomentsArguments";
  return "";
}

// Buffers by the name of the field; every one is large enough for all cases.
machine::Address bufferFor(Device& device, const std::string& field, const std::string& type) {
  static const std::vector<std::string> absent = {"mask", "residual", "dResidual"};
  for (const std::string& one : absent)
    if (one == field) return 0;
  const std::size_t elements = kChannels * kValues;
  if (field == "x" || field == "dy") {
    // The bits of a 1 in every type's upper half: small positive numbers in all of them.
    std::vector<std::uint8_t> bytes(elements * 8);
    for (std::size_t n = 0; n < bytes.size(); n++) bytes[n] = type == "f64" ? (n % 8 == 7 ? 0x3f : n % 8 == 6 ? 0xf0 : static_cast<std::uint8_t>(n)) : n % 2 ? 0x3c : static_cast<std::uint8_t>(n / 2);
    return device.upload(bytes, field);
  }
  if (field == "dx" || field == "y") return device.reserve(elements * 8, field);
  if (field == "partials" || field == "coefficients") return device.reserve(kChannels * 64 * 32, field);
  if (field == "tickets" || field == "barriers" || field == "batches" || field == "skipped") return device.upload(std::vector<std::uint64_t>(128), field);
  if (field == "count" || field == "otherCount") return device.upload(std::vector<std::int64_t>(kChannels, 9), field);
  if (field == "savedMean" || field == "savedInvStd" || field == "dGamma" || field == "dBeta") return device.reserve(kChannels * 8, field);
  const bool isDouble = type == "f64" || field == "m2" || field == "otherMean" || field == "otherM2";
  if (isDouble) return device.upload(std::vector<double>(kChannels, 1.0), field);
  return device.upload(std::vector<float>(2 * kChannels, 1.0f), field);
}

// One pass over three groups, two at a time and the third afterwards, each by one block or by two that meet.
std::vector<Case> onepassCases(bool last, int pack) {
  const std::uint32_t kShared = 40 * 1024;
  std::vector<Case> cases;
  for (std::int64_t wide : {0, 1})
    for (std::int64_t splits : {1, 2})
      for (std::int64_t group : {1, 4}) {
        if (last && group > 1) continue;
        const std::int64_t lanes = wide ? 4 : 16, hw = group == 1 ? kSpatial : 16;
        Case one{std::string(wide ? "wide, " : "narrow, ") + std::to_string(splits) + " splits, groups of " + std::to_string(group), {static_cast<std::uint32_t>(2 * splits), 1, 1}, {last ? 256u : 64u, 1, 1}, {}};
        one.numbers = {{"wide", wide}, {"splits", splits}, {"m", kValues}, {"chunk", kValues / splits}, {"resident", kValues / splits}, {"policy", 3}, {"relu", 0}, {"lanes", 1}, {"hw", hw}, {"c", 3 * group - (group > 1)}, {"group", group}};
        if (last) {
          one.numbers["lanes"] = lanes, one.numbers["hw"] = 1, one.numbers["c"] = kChannels, one.numbers["group"] = lanes * (wide ? pack : 1);
          one.numbers["resident"] = kValues / 4;  // the rest is read again
        }
        one.dynamicShared = kShared;
        one.cooperative = splits > 1;
        cases.push_back(one);
        if (!wide || group == 1) continue;
        // Several channels in a pack.
        one.name += ", short";
        one.numbers["hw"] = pack / 2, one.numbers["c"] = 3 * group;
        cases.push_back(one);
      }
  return cases;
}

}  // namespace

std::vector<std::string> fieldsOf(const std::string& structName) {
  std::istringstream text(readFile(KERNELS "/include/bn_arguments.cuh"));
  std::vector<std::string> fields;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line == "struct " + structName + " {") inside = true;
    else if (inside && line == "};") return fields;
    else if (inside) {
      const std::string declaration = line.substr(0, line.find(';'));
      const std::string name = declaration.substr(declaration.find_last_of(" *") + 1);
      if (declaration.find("Finish ") == std::string::npos) fields.push_back(name);
      else
        for (const std::string& one : fieldsOf("Finish")) fields.push_back(one);
    }
  }
  throw Failure("no struct " + structName + " in bn_arguments.cuh");
}

std::vector<ShippedEntry> shippedEntries() {
  std::vector<ShippedEntry> result;
  for (const std::string& file : filesIn(SHIPPED_PTX, ".ptx")) {
    const std::string text = readFile(file), marker = ".visible .entry ";
    std::string outside;  // of entries: what they share, such as shared memory
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t next = std::min(text.find(marker, at), text.size());
      outside += text.substr(at, next - at);
      at = next == text.size() ? next : text.find("\n}\n", next) + 3;
    }
    for (std::size_t at = text.find(marker); at != std::string::npos; at = text.find(marker, at + 1)) {
      ShippedEntry one;
      one.stem = file.substr(file.rfind('/') + 1, file.size() - file.rfind('/') - 5);
      const std::size_t name = at + marker.size();
      one.entry = text.substr(name, text.find('(', name) - name);
      one.type = one.entry.substr(one.entry.rfind('_') + 1);
      one.text = outside + text.substr(at, text.find("\n}\n", at) + 3 - at);
      if (!structOf(one.stem, one.entry).empty()) result.push_back(one);
    }
  }
  return result;
}

std::vector<Case> casesFor(const ShippedEntry& entry) {
  const bool last = entry.entry.find("_nhwc_") != std::string::npos;
  const int pack = entry.type == "f64" ? 2 : entry.type == "f32" ? 4 : 8;
  if (structOf(entry.stem, entry.entry).find("Onepass") != std::string::npos) return onepassCases(last, pack);
  std::vector<Case> cases;
  if (entry.stem == "bn_running_update" || entry.stem == "bn_moments") {
    for (std::uint32_t blocks : {1, 3}) cases.push_back({std::to_string(blocks) + " blocks", {blocks, 1, 1}, {64, 1, 1}, {{"c", kChannels}, {"m", 9}, {"policy", 3}}});
    return cases;
  }
  for (std::int64_t wide : {0, 1})
    for (std::int64_t splits : {1, 2}) {
      const std::string name = std::string(wide ? "wide" : "narrow") + ", " + std::to_string(splits) + " splits";
      std::map<std::string, std::int64_t> numbers = {{"wide", wide}, {"splits", splits}, {"m", kValues}, {"chunk", kValues / splits}, {"policy", 3}, {"relu", 0}};
      // Channel last: 8 lanes of packs, or 32 single ones, hence several tiles. Channel second: more channels than blocks.
      numbers["lanes"] = last ? (wide ? 4 : 16) : 1;
      numbers["hw"] = last ? 1 : kSpatial;
      numbers["c"] = last ? kChannels : 3;
      const std::uint32_t tiles = static_cast<std::uint32_t>((kChannels + numbers["lanes"] * (wide ? pack : 1) - 1) / (numbers["lanes"] * (wide ? pack : 1)));
      cases.push_back({name, {last ? tiles : 2u, static_cast<std::uint32_t>(splits), 1}, {last ? 256u : 64u, 1, 1}, numbers});
    }
  return cases;
}

std::string runCase(const ShippedEntry& entry, const std::string& text, const Case& one, std::uint64_t seed) {
  Device device(text, 75);
  const machine::Entry* kernel = device.module->entry(entry.entry);
  machine::Launch launch;
  launch.grid = one.grid;
  launch.block = one.block;
  launch.seed = seed;
  launch.dynamicShared = one.dynamicShared;
  launch.cooperative = one.cooperative;
  launch.maxIdleWarpInstructions = 100'000;
  for (const std::string& field : fieldsOf(structOf(entry.stem, entry.entry))) {
    static const std::map<std::string, double> real = {{"epsilon", 1e-5}, {"averageFactor", std::nan("")}};
    static const std::vector<std::string> numbers = {"c", "hw", "m", "splits", "chunk", "lanes", "wide", "relu", "policy", "rows", "group", "resident"};
    std::uint64_t value = 0;
    auto given = one.numbers.find(field);
    auto number = real.find(field);
    bool isNumber = given != one.numbers.end() || number != real.end();
    for (const std::string& name : numbers) isNumber |= name == field;
    if (given != one.numbers.end()) value = static_cast<std::uint64_t>(given->second);
    else if (number != real.end()) std::memcpy(&value, &number->second, sizeof value);
    else if (!isNumber) value = bufferFor(device, field, entry.stem == "bn_moments" && field != "gamma" && field != "beta" && field != "runningMean" && field != "runningVariance" ? "f64" : entry.type);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    launch.parameters.insert(launch.parameters.end(), bytes, bytes + sizeof value);
  }
  const machine::LaunchResult result = machine::run(*kernel, launch, device.limits, device.memory);
  if (!result.findings.empty()) return result.findings[0].message;
  return result.status == machine::kSuccess ? "" : result.message;
}

Mutation mutate(const ShippedEntry& entry, const std::string& what) {
  Mutation result;
  for (std::size_t at = entry.text.find(what); at != std::string::npos; at = entry.text.find(what, at + 1)) {
    const std::size_t end = entry.text.find(';', at) + 1;
    result.barriers++;
    std::string trapped = entry.text, without = entry.text;
    trapped.replace(at, end - at, "trap;");
    without.replace(at, end - at, ";");
    bool executed = false, caught = false;
    for (const Case& one : casesFor(entry)) {
      if (runCase(entry, trapped, one, 0).empty()) continue;
      executed = true;
      for (std::uint64_t seed : {0, 1, 2}) caught = caught || !runCase(entry, without, one, seed).empty();
      if (caught) break;
    }
    result.executed += executed;
    result.caught += caught;
    const auto line = std::count(entry.text.begin(), entry.text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    if (!caught) result.survivors.push_back(entry.entry + " " + what + " " + std::to_string(result.barriers) + " (line " + std::to_string(line + 1) + " of the entry's text" + (executed ? ")" : ", never executed)"));
  }
  return result;
}

}  // namespace test
