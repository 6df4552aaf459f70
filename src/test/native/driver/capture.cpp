// What is allowed while a stream is captured, after "Stream Capture" in the programming guide.
#include <algorithm>

#include "call.h"
#include "graph.h"

namespace driver {

namespace {

thread_local int interaction = kCaptureGlobal;  // cuThreadExchangeStreamCaptureMode

bool concerns(const Capture& capture) {
  if (interaction == kCaptureRelaxed || capture.mode == kCaptureRelaxed) return false;
  if (capture.thread == std::this_thread::get_id()) return true;
  return interaction == kCaptureGlobal && capture.mode == kCaptureGlobal;
}

void join(const std::shared_ptr<Capture>& capture, Stream& stream,
          const std::vector<std::size_t>& tips) {
  if (stream.capture == nullptr) {
    stream.capture = capture;
    stream.tips.clear();
    auto context = contextOf(stream);
    auto same = [&](const auto& weak) { return weak.lock().get() == &stream; };
    auto found = std::find_if(context->streams.begin(), context->streams.end(), same);
    if (found != context->streams.end()) capture->streams.push_back(*found);
  }
  for (std::size_t tip : tips) {
    if (std::find(stream.tips.begin(), stream.tips.end(), tip) == stream.tips.end()) {
      stream.tips.push_back(tip);
    }
  }
}

// Whether work of a forked stream is not followed by anything in the origin stream.
bool unjoined(const Capture& capture, const Stream& origin) {
  std::vector<bool> reached(capture.graph->nodes.size());
  std::vector<std::size_t> open = origin.tips;
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    const auto& after = capture.graph->nodes[node].after;
    open.insert(open.end(), after.begin(), after.end());
  }
  return std::find(reached.begin(), reached.end(), false) != reached.end();
}

std::shared_ptr<Graph> end(Stream& stream) {
  auto capture = stream.capture;
  require(capture != nullptr, CUDA_ERROR_ILLEGAL_STATE);
  const bool otherThread = capture->thread != std::this_thread::get_id();
  require(capture->mode == kCaptureRelaxed || !otherThread, CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
  require(capture->origin.lock().get() == &stream, CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
  const bool invalid = capture->invalid;
  const bool open = !invalid && unjoined(*capture, stream);
  driver::leave(*capture);
  require(!invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  require(!open, CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  return capture->graph;
}

}  // namespace

void leave(Capture& capture) {
  for (auto& weak : capture.streams) {
    if (auto stream = weak.lock()) {
      stream->capture = nullptr;
      stream->tips.clear();
    }
  }
  capture.ended = true;
  auto& all = theDriver().captures;
  all.erase(std::remove_if(all.begin(), all.end(), [](auto& one) { return one->ended; }), all.end());
}

void refuseInCapture() {
  bool refused = false;
  for (auto& capture : theDriver().captures) {
    if (!concerns(*capture)) continue;
    capture->invalid = true;
    refused = true;
  }
  require(!refused, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

void refuseImplicit(Context& context) {
  for (auto& weak : context.streams) {
    auto stream = weak.lock();
    if (stream == nullptr || stream->capture == nullptr || !stream->blocking()) continue;
    stream->capture->invalid = true;
    fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
  }
}

void refuseCapturing(Stream& stream) {
  if (stream.capture == nullptr) return;
  stream.capture->invalid = true;
  fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

void capture(Stream& stream, NodeType type, std::string name, Body body) {
  require(!stream.capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  auto& nodes = stream.capture->graph->nodes;
  nodes.push_back({type, std::move(name), std::move(body), stream.tips});
  stream.tips = {nodes.size() - 1};
}

void captureRecord(Stream& stream, Event& event) {
  require(!stream.capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  event.capture = stream.capture;
  event.tips = stream.tips;
}

void captureWait(Stream& stream, Event& event) {
  if (event.capture == nullptr || event.capture->ended) {
    require(stream.capture != nullptr, CUDA_ERROR_INVALID_VALUE);
    stream.capture->invalid = true;
    fail(CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
  }
  if (stream.capture != nullptr && stream.capture != event.capture) {
    stream.capture->invalid = event.capture->invalid = true;
    fail(CUDA_ERROR_STREAM_CAPTURE_MERGE);
  }
  require(!event.capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  join(event.capture, stream, event.tips);
}

}  // namespace driver

using namespace driver;

CU_API CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
  return call("cuStreamBeginCapture", Needs::Init, [&] {
    auto target = stream(handle);
    auto context = contextOf(*target);
    require(mode >= kCaptureGlobal && mode <= kCaptureRelaxed, CUDA_ERROR_INVALID_VALUE);
    require(target != context->legacy, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    require(target->capture == nullptr, CUDA_ERROR_ILLEGAL_STATE);
    auto started = std::make_shared<Capture>();
    started->graph = std::make_shared<Graph>();
    started->graph->context = context;
    started->mode = mode;
    started->thread = std::this_thread::get_id();
    started->origin = target;
    started->streams = {target};
    target->capture = started;
    target->tips.clear();
    theDriver().captures.push_back(started);
  });
}

CU_API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  return call("cuStreamEndCapture", Needs::Init, [&] {
    notNull(graph);
    *graph = nullptr;
    *graph = theDriver().add(end(*stream(handle)))->handle;
  });
}

CU_API CUresult cuStreamIsCapturing(CUstream handle, int* status) {
  return call("cuStreamIsCapturing", Needs::Init, [&] {
    notNull(status);
    auto target = stream(handle);
    auto context = contextOf(*target);
    if (target == context->legacy) refuseImplicit(*context);
    const auto& under = target->capture;
    *status = under == nullptr ? kCaptureNone : under->invalid ? kCaptureInvalidated : kCaptureActive;
  });
}

CU_API CUresult cuThreadExchangeStreamCaptureMode(int* mode) {
  return call("cuThreadExchangeStreamCaptureMode", Needs::Init, [&] {
    notNull(mode);
    require(*mode >= kCaptureGlobal && *mode <= kCaptureRelaxed, CUDA_ERROR_INVALID_VALUE);
    std::swap(*mode, interaction);
  });
}
