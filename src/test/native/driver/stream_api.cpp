// Streams, events and host functions.
#include <algorithm>
#include <thread>

#include "call.h"
#include "graph.h"

using namespace driver;

namespace {

void create(CUstream* out, unsigned flags, int priority) {
  notNull(out);
  require((flags & ~kStreamNonBlocking) == 0, CUDA_ERROR_INVALID_VALUE);
  auto context = current();
  auto made = theDriver().add(std::make_shared<Stream>());
  made->context = context;
  made->flags = flags;
  made->priority = std::clamp(priority, kHighestPriority, kLowestPriority);
  made->id = theDriver().nextId++;
  context->streams.push_back(made);
  context->handles.insert(made->handle);
  *out = made->handle;
}

// Host functions run on a thread of the driver, where calling the driver is not permitted.
double onHostThread(const std::function<void()>& function) {
  std::thread worker([&] {
    inHostFunction = true;
    function();
  });
  worker.join();
  return 1e-6;
}

std::shared_ptr<Event> event(CUevent handle) {
  auto found = theDriver().get<Event>(handle);
  auto context = found->context.lock();
  require(context != nullptr && context->alive, CUDA_ERROR_CONTEXT_IS_DESTROYED);
  require(context->sticky == CUDA_SUCCESS, context->sticky);
  return found;
}

void record(CUevent eventHandle, CUstream streamHandle) {
  auto target = stream(streamHandle);
  auto marker = event(eventHandle);
  auto context = contextOf(*target);
  require(marker->context.lock() == context, CUDA_ERROR_INVALID_HANDLE);
  if (target->capture != nullptr) {
    captureRecord(*target, *marker);
    return;
  }
  if (target == context->legacy) refuseImplicit(*context);
  marker->capture = nullptr;
  marker->recorded = append(*target, "event", [] { return 0.0; }, {});
}

void refuseCaptured(const Event& marker) {
  if (marker.capture == nullptr) return;
  marker.capture->invalid = true;
  fail(CUDA_ERROR_CAPTURED_EVENT);
}

}  // namespace

CU_API CUresult cuStreamCreate(CUstream* out, unsigned flags) {
  return call("cuStreamCreate", Needs::Context, [&] { create(out, flags, 0); });
}

CU_API CUresult cuStreamCreateWithPriority(CUstream* out, unsigned flags, int priority) {
  return call("cuStreamCreateWithPriority", Needs::Context, [&] { create(out, flags, priority); });
}

CU_API CUresult cuStreamDestroy_v2(CUstream handle) {
  return call("cuStreamDestroy", Needs::Init, [&] {
    auto closed = theDriver().get<Stream>(handle);
    auto context = closed->context.lock();
    if (closed->capture != nullptr) leave(*std::shared_ptr<Capture>(closed->capture));
    // Returns at once on hardware, and the work is done some time later: here, before anything else.
    complete(closed->last);
    theDriver().objects.erase(handle);
    if (context == nullptr) return;
    context->handles.erase(handle);
    auto& all = context->streams;
    auto same = [&](const auto& weak) { return weak.lock() == closed; };
    all.erase(std::remove_if(all.begin(), all.end(), same), all.end());
  });
}

CU_API CUresult cuStreamSynchronize(CUstream handle) {
  return call("cuStreamSynchronize", Needs::Init, [&] {
    auto target = stream(handle);
    refuseCapturing(*target);
    refuseInCapture();
    synchronise(*target);
  });
}

CU_API CUresult cuStreamQuery(CUstream handle) {
  return call("cuStreamQuery", Needs::Init, [&] {
    auto target = stream(handle);
    refuseCapturing(*target);
    refuseInCapture();
    if (target->last == nullptr || target->last->done) return;
    step(target->last);  // so that polling comes to an end
    contextOf(*target);
    fail(CUDA_ERROR_NOT_READY);
  });
}

CU_API CUresult cuStreamWaitEvent(CUstream handle, CUevent eventHandle, unsigned flags) {
  return call("cuStreamWaitEvent", Needs::Init, [&] {
    require(flags == 0, CUDA_ERROR_INVALID_VALUE);
    auto target = stream(handle);
    auto marker = event(eventHandle);
    if (target->capture != nullptr || marker->capture != nullptr) {
      captureWait(*target, *marker);
    } else if (marker->recorded != nullptr) {
      waitFor(*target, marker->recorded);
    }
  });
}

CU_API CUresult cuStreamGetPriority(CUstream handle, int* priority) {
  return call("cuStreamGetPriority", Needs::Init, [&] {
    notNull(priority);
    *priority = stream(handle)->priority;
  });
}

CU_API CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
  return call("cuStreamGetFlags", Needs::Init, [&] {
    notNull(flags);
    *flags = stream(handle)->flags;
  });
}

CU_API CUresult cuStreamGetId(CUstream handle, unsigned long long* id) {
  return call("cuStreamGetId", Needs::Init, [&] {
    notNull(id);
    *id = stream(handle)->id;
  });
}

CU_API CUresult cuStreamGetCtx(CUstream handle, CUcontext* context) {
  return call("cuStreamGetCtx", Needs::Init, [&] {
    notNull(context);
    *context = contextOf(*stream(handle))->handle;
  });
}

CU_API CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data) {
  return call("cuLaunchHostFunc", Needs::Init, [&] {
    require(function != nullptr, CUDA_ERROR_INVALID_VALUE);
    enqueue(*stream(handle), kNodeHost, "host function",
            [=] { return onHostThread([=] { function(data); }); });
  });
}

CU_API CUresult cuStreamAddCallback(CUstream handle, CUstreamCallback callback, void* data,
                                    unsigned flags) {
  return call("cuStreamAddCallback", Needs::Init, [&] {
    require(callback != nullptr && flags == 0, CUDA_ERROR_INVALID_VALUE);
    auto target = stream(handle);
    refuseCapturing(*target);
    enqueue(*target, kNodeHost, "callback",
            [=] { return onHostThread([=] { callback(handle, CUDA_SUCCESS, data); }); });
  });
}

CU_API CUresult cuEventCreate(CUevent* out, unsigned flags) {
  return call("cuEventCreate", Needs::Context, [&] {
    notNull(out);
    const unsigned known = kEventBlockingSync | kEventDisableTiming | kEventInterprocess;
    require((flags & ~known) == 0, CUDA_ERROR_INVALID_VALUE);
    auto context = current();
    auto made = theDriver().add(std::make_shared<Event>());
    made->context = context;
    made->flags = flags;
    context->handles.insert(made->handle);
    *out = made->handle;
  });
}

CU_API CUresult cuEventDestroy_v2(CUevent handle) {
  return call("cuEventDestroy", Needs::Init, [&] {
    auto closed = theDriver().get<Event>(handle);
    if (auto context = closed->context.lock()) context->handles.erase(handle);
    theDriver().objects.erase(handle);
  });
}

CU_API CUresult cuEventRecord(CUevent eventHandle, CUstream streamHandle) {
  return call("cuEventRecord", Needs::Init, [&] { record(eventHandle, streamHandle); });
}

CU_API CUresult cuEventRecordWithFlags(CUevent eventHandle, CUstream streamHandle, unsigned flags) {
  return call("cuEventRecord", Needs::Init, [&] {
    require(flags <= 1, CUDA_ERROR_INVALID_VALUE);
    record(eventHandle, streamHandle);
  });
}

CU_API CUresult cuEventQuery(CUevent handle) {
  return call("cuEventQuery", Needs::Init, [&] {
    auto marker = event(handle);
    refuseCaptured(*marker);
    refuseInCapture();
    if (marker->recorded == nullptr || marker->recorded->done) return;
    step(marker->recorded);
    event(handle);
    fail(CUDA_ERROR_NOT_READY);
  });
}

CU_API CUresult cuEventSynchronize(CUevent handle) {
  return call("cuEventSynchronize", Needs::Init, [&] {
    auto marker = event(handle);
    refuseCaptured(*marker);
    refuseInCapture();
    complete(marker->recorded);
    event(handle);
  });
}

CU_API CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  return call("cuEventElapsedTime", Needs::Init, [&] {
    notNull(milliseconds);
    auto first = event(start), second = event(end);
    refuseCaptured(*first);
    refuseCaptured(*second);
    const bool timed = ((first->flags | second->flags) & kEventDisableTiming) == 0;
    require(timed && first->recorded != nullptr && second->recorded != nullptr,
            CUDA_ERROR_INVALID_HANDLE);
    require(first->recorded->done && second->recorded->done, CUDA_ERROR_NOT_READY);
    *milliseconds = static_cast<float>((second->recorded->finish - first->recorded->finish) * 1e3);
  });
}
