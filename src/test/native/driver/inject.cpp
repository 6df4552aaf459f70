#include "inject.h"

#include <utility>

namespace driver {

void Injections::add(std::string prefix, std::uint64_t nth, std::uint64_t times, CUresult code) {
  rules_.push_back({std::move(prefix), nth == 0 ? 0 : nth - 1, times, code});
}

CUresult Injections::next(const std::string& call) {
  CUresult result = CUDA_SUCCESS;
  for (Rule& rule : rules_) {
    if (rule.times == 0 || call.compare(0, rule.prefix.size(), rule.prefix) != 0) continue;
    if (rule.skip > 0) {
      --rule.skip;
    } else {
      --rule.times;
      if (result == CUDA_SUCCESS) result = rule.code;
    }
  }
  return result;
}

std::uint64_t Injections::unused() const {
  std::uint64_t count = 0;
  for (const Rule& rule : rules_) count += rule.times > 0;
  return count;
}

}  // namespace driver
