#include "queue.h"

#include <algorithm>

#include "call.h"
#include "graph.h"

namespace driver {

thread_local bool inHostFunction = false;

namespace {

// A stream runs its work when this much is waiting, as hardware queues are not endless either.
constexpr std::size_t kQueueDepth = 1024;

void execute(Work& work) {
  double start = 0;
  for (auto& earlier : work.after) start = std::max(start, earlier->finish);
  double seconds = 0;
  // After a sticky error nothing runs any more.
  if (work.body && work.context->sticky == CUDA_SUCCESS && work.context->alive) {
    try {
      seconds = work.body();
    } catch (const Failure& failure) {
      work.context->sticky = failure.code;
    }
  }
  work.finish = start + seconds;
  work.done = true;
  work.after.clear();
  work.body = nullptr;
}

// Executes at most `limit` pieces of work on the way to `goal`, depth first without recursion.
void run(const std::shared_ptr<Work>& goal, std::size_t limit) {
  if (goal == nullptr) return;
  std::vector<std::shared_ptr<Work>> path{goal};
  while (!path.empty() && limit > 0) {
    auto work = path.back();
    auto waiting = std::find_if(work->after.begin(), work->after.end(),
                                [](const auto& earlier) { return !earlier->done; });
    if (work->done) {
      path.pop_back();
    } else if (waiting != work->after.end()) {
      path.push_back(*waiting);
    } else {
      execute(*work);
      --limit;
      path.pop_back();
    }
  }
}

// Legacy default stream: it waits for all blocking streams, and they wait for it.
void addImplicit(Context& context, Stream& stream, std::vector<std::shared_ptr<Work>>& after) {
  if (&stream != context.legacy.get()) {
    if (stream.blocking() && context.legacy->last != nullptr) after.push_back(context.legacy->last);
    return;
  }
  for (auto& weak : context.streams) {
    auto other = weak.lock();
    if (other != nullptr && other->blocking() && other->last != nullptr) after.push_back(other->last);
  }
}

}  // namespace

std::shared_ptr<Work> append(Stream& stream, std::string name, Body body,
                             std::vector<std::shared_ptr<Work>> after) {
  auto context = contextOf(stream);
  auto work = std::make_shared<Work>();
  work->name = std::move(name);
  work->body = std::move(body);
  work->context = context;
  work->after = std::move(after);
  if (stream.last != nullptr) work->after.push_back(stream.last);
  addImplicit(*context, stream, work->after);
  stream.queued = stream.last == nullptr || stream.last->done ? 1 : stream.queued + 1;
  stream.last = work;
  if (stream.queued >= kQueueDepth) complete(work);
  return work;
}

void enqueue(Stream& stream, NodeType type, std::string name, Body body) {
  auto context = contextOf(stream);
  if (stream.capture != nullptr) {
    capture(stream, type, std::move(name), std::move(body));
    return;
  }
  if (&stream == context->legacy.get()) refuseImplicit(*context);
  append(stream, std::move(name), std::move(body), {});
}

void waitFor(Stream& stream, const std::shared_ptr<Work>& work) {
  append(stream, "wait", nullptr, {work});
}

void complete(const std::shared_ptr<Work>& work) { run(work, SIZE_MAX); }

void step(const std::shared_ptr<Work>& work) { run(work, 1); }

void synchronise(Stream& stream) {
  refuseCapturing(stream);
  auto context = contextOf(stream);
  complete(stream.last);
  require(context->sticky == CUDA_SUCCESS, context->sticky);
}

}  // namespace driver
