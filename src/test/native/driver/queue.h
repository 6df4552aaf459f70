// Work that waits to be waited for. Every operation is a node that knows what must be done before
// it; nothing is executed until somebody synchronises with it, so a missing synchronisation shows.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "abi.h"

namespace driver {

struct Context;
struct Stream;
struct Event;
struct Graph;

// Executes an operation and returns the simulated seconds it took.
using Body = std::function<double()>;

struct Work {
  std::string name;
  Body body;
  std::vector<std::shared_ptr<Work>> after;
  std::shared_ptr<Context> context;
  bool done = false;
  double finish = 0;  // on the simulated clock, in seconds
};

// A stream capture under way.
struct Capture {
  std::shared_ptr<Graph> graph;
  int mode = kCaptureGlobal;
  std::thread::id thread;
  std::weak_ptr<Stream> origin;
  std::vector<std::weak_ptr<Stream>> streams;  // origin first
  bool invalid = false;
  bool ended = false;
};

// Queues an operation, or adds it to the graph that the stream is captured into.
void enqueue(Stream& stream, NodeType type, std::string name, Body body);
// Executes a piece of work and all that it waits for. Errors end up in the context's sticky error.
void complete(const std::shared_ptr<Work>& work);
// Executes the one piece of work that is next on the way to `work`.
void step(const std::shared_ptr<Work>& work);
void synchronise(Stream& stream);
// Makes all later work of the stream wait for `work`.
void waitFor(Stream& stream, const std::shared_ptr<Work>& work);
// Appends work with further dependencies; used for launching graphs.
std::shared_ptr<Work> append(Stream& stream, std::string name, Body body,
                             std::vector<std::shared_ptr<Work>> after);

// Ends a capture without a graph; its streams work as usual again.
void leave(Capture& capture);
// Fails if the call is not allowed while somebody captures, and then invalidates those captures.
void refuseInCapture();
// Fails with 906 if a blocking stream of the context captures: the legacy stream would join it.
void refuseImplicit(Context& context);
// Fails (900) and invalidates the capture if the stream is being captured.
void refuseCapturing(Stream& stream);

}  // namespace driver
