// Stream capture and graphs: operations as nodes that can be launched again and again.
#pragma once

#include "state.h"

namespace driver {

struct GraphNode {
  NodeType type;
  std::string name;
  Body body;
  std::vector<std::size_t> after;  // earlier nodes by index
};

struct Graph : Object {
  std::shared_ptr<Context> context;
  std::vector<GraphNode> nodes;
  std::vector<void*> handles;  // of the nodes, once somebody asks
};

// A node as callers see it.
struct NodeHandle : Object {
  NodeType type = kNodeEmpty;
};

struct GraphExec : Object {
  std::shared_ptr<Context> context;
  std::vector<GraphNode> nodes;  // as the graph was when it was instantiated
  std::shared_ptr<Work> last;    // a graph does not run beside itself
};

// Adds a node behind the stream's tips and makes it the tip.
void capture(Stream& stream, NodeType type, std::string name, Body body);
// Records an event in, or waits for an event of, a capture.
void captureRecord(Stream& stream, Event& event);
void captureWait(Stream& stream, Event& event);

}  // namespace driver
