package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/**
 * Work captured from a stream, to be replayed as a whole: one call of the driver for any number of
 * kernels. Everything that the captured work reads and writes must stay open while it is replayed.
 */
public final class CudaGraph extends NativeResource {
  private final CUgraphExec executable;

  private CudaGraph(CudaContext context, CUgraphExec executable) {
    super(
        context,
        "graph of device " + context.device().ordinal(),
        () -> JCudaDriver.cuGraphExecDestroy(executable));
    this.executable = executable;
  }

  /**
   * Captures what is queued on a stream instead of running it. Other threads are not affected.
   *
   * @param stream not the default stream
   * @param work queues work; may not allocate, wait or copy to the host
   * @throws DeviceException if the driver refuses the capture or something in it
   */
  public static CudaGraph capture(CudaStream stream, Runnable work) {
    CudaContext context = stream.context();
    CUgraph graph = new CUgraph();
    boolean captured = false;
    context.enter();
    try {
      Driver.check(
          "cuStreamBeginCapture",
          JCudaDriver.cuStreamBeginCapture(
              stream.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
      boolean done = false;
      try {
        work.run();
        done = true;
      } finally {
        int status = JCudaDriver.cuStreamEndCapture(stream.stream(), graph);
        // After a failure JCuda leaves whatever was on its stack in the handle.
        captured = status == CUDA_SUCCESS;
        if (done) {
          Driver.check("cuStreamEndCapture", status);
        }
      }
      CUgraphExec executable = new CUgraphExec();
      Driver.check("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(executable, graph, 0));
      return new CudaGraph(context, executable);
    } finally {
      if (captured) {
        JCudaDriver.cuGraphDestroy(graph);
      }
      context.exit();
    }
  }

  /** Queues one replay. */
  public void launch(CudaStream stream) {
    checkOpen("graph");
    context().enter();
    try {
      Driver.check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(executable, stream.stream()));
    } finally {
      context().exit();
    }
  }
}
