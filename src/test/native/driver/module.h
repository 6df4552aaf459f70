// Modules and their functions.
#pragma once

#include "state.h"

namespace driver {

struct Module : Object {
  std::shared_ptr<Context> context;
  std::unique_ptr<machine::Module> code;  // null once unloaded
  std::map<std::string, std::shared_ptr<Function>> functions;  // those asked for
  void unload();
};

struct Function : Object {
  std::weak_ptr<Module> module;
  const machine::Entry* entry = nullptr;  // null once the module is unloaded
  int maxDynamicShared = 48 * 1024;
  int carveout = -1;
  bool nonPortableCluster = false;
};

}  // namespace driver
