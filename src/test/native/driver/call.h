// The frame of every entry point.
#pragma once

#include <new>

#include "state.h"

namespace driver {

enum class Needs { Nothing, Init, Context };

// True on a thread that runs a host function: no driver call is permitted there.
extern thread_local bool inHostFunction;

// Runs `body` under the lock and turns failures into codes. `name` is the function's name without
// version suffix, which is what failure injection goes by.
template <class Body>
CUresult call(const char* name, Needs needs, Body&& body) {
  if (inHostFunction) return CUDA_ERROR_NOT_PERMITTED;
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  try {
    if (needs != Needs::Nothing) require(driver.initialised, CUDA_ERROR_NOT_INITIALIZED);
    if (needs == Needs::Context) current();
    const CUresult injected = driver.injections.next(name);
    if (isSticky(injected) && !contextStack().empty()) current()->sticky = injected;
    require(injected == CUDA_SUCCESS, injected);
    body();
    return CUDA_SUCCESS;
  } catch (const Failure& failure) {
    return failure.code;
  } catch (const std::bad_alloc&) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
}

// Fails with 1 for a null out parameter.
template <class... Pointers>
void notNull(Pointers... pointers) {
  require((... && (pointers != nullptr)), CUDA_ERROR_INVALID_VALUE);
}

}  // namespace driver
