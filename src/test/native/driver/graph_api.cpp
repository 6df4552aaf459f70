// Graphs: instantiated from captures, launched any number of times.
#include <algorithm>

#include "call.h"
#include "graph.h"

using namespace driver;

CU_API CUresult cuGraphCreate(CUgraph* out, unsigned flags) {
  return call("cuGraphCreate", Needs::Context, [&] {
    notNull(out);
    require(flags == 0, CUDA_ERROR_INVALID_VALUE);
    auto graph = theDriver().add(std::make_shared<Graph>());
    graph->context = current();
    *out = graph->handle;
  });
}

CU_API CUresult cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, std::size_t* count) {
  return call("cuGraphGetNodes", Needs::Init, [&] {
    notNull(count);
    auto graph = theDriver().get<Graph>(handle);
    for (std::size_t i = graph->handles.size(); i < graph->nodes.size(); ++i) {
      auto node = theDriver().add(std::make_shared<NodeHandle>());
      node->type = graph->nodes[i].type;
      graph->handles.push_back(node->handle);
    }
    if (nodes != nullptr) {
      std::copy_n(graph->handles.begin(), std::min(*count, graph->handles.size()), nodes);
    }
    *count = graph->nodes.size();
  });
}

CU_API CUresult cuGraphNodeGetType(CUgraphNode handle, int* type) {
  return call("cuGraphNodeGetType", Needs::Init, [&] {
    notNull(type);
    *type = theDriver().get<NodeHandle>(handle)->type;
  });
}

CU_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* out, CUgraph handle, unsigned long long) {
  return call("cuGraphInstantiate", Needs::Context, [&] {
    notNull(out);
    auto graph = theDriver().get<Graph>(handle);
    auto made = theDriver().add(std::make_shared<GraphExec>());
    made->context = graph->context;
    made->nodes = graph->nodes;
    *out = made->handle;
  });
}

CU_API CUresult cuGraphUpload(CUgraphExec handle, CUstream streamHandle) {
  return call("cuGraphUpload", Needs::Init, [&] {
    theDriver().get<GraphExec>(handle);
    stream(streamHandle);
  });
}

CU_API CUresult cuGraphLaunch(CUgraphExec handle, CUstream streamHandle) {
  return call("cuGraphLaunch", Needs::Init, [&] {
    auto graph = theDriver().get<GraphExec>(handle);
    auto target = stream(streamHandle);
    auto context = contextOf(*target);
    require(context == graph->context, CUDA_ERROR_INVALID_HANDLE);
    require(target->capture == nullptr, CUDA_ERROR_NOT_SUPPORTED);  // no child graphs here
    if (target == context->legacy) refuseImplicit(*context);
    std::vector<std::shared_ptr<Work>> before;
    if (graph->last != nullptr) before.push_back(graph->last);
    auto start = append(*target, "graph start", nullptr, before);
    std::vector<std::shared_ptr<Work>> done;
    for (const GraphNode& node : graph->nodes) {
      auto work = std::make_shared<Work>();
      work->name = node.name;
      work->body = node.body;
      work->context = context;
      work->after.push_back(start);
      for (std::size_t earlier : node.after) work->after.push_back(done[earlier]);
      done.push_back(std::move(work));
    }
    graph->last = append(*target, "graph end", nullptr, std::move(done));
  });
}

CU_API CUresult cuGraphExecDestroy(CUgraphExec handle) {
  return call("cuGraphExecDestroy", Needs::Init, [&] {
    auto graph = theDriver().get<GraphExec>(handle);
    complete(graph->last);
    theDriver().objects.erase(handle);
  });
}

CU_API CUresult cuGraphDestroy(CUgraph handle) {
  return call("cuGraphDestroy", Needs::Init, [&] {
    auto graph = theDriver().get<Graph>(handle);
    for (void* node : graph->handles) theDriver().objects.erase(node);
    theDriver().objects.erase(handle);
  });
}
