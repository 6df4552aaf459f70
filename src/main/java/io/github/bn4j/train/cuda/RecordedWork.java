package io.github.bn4j.train.cuda;

import io.github.bn4j.cuda.CudaGraph;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is queued step by step the first time, since steps may still prepare themselves then,
 * and from the second time on is one CUDA graph. Where the driver or cuDNN refuses to be captured,
 * it stays as it was, with one warning.
 */
final class RecordedWork implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordedWork.class);

  private final CudaStream stream;
  private final Runnable work;
  private @Nullable CudaGraph graph;
  private boolean prepared;
  private boolean refused;

  RecordedWork(CudaStream stream, Runnable work) {
    this.stream = stream;
    this.work = work;
  }

  @Override
  public void run() {
    if (prepared && !refused && graph == null) {
      graph = capture();
    }
    if (graph != null) {
      graph.launch(stream);
    } else {
      work.run();
      prepared = true;
    }
  }

  private @Nullable CudaGraph capture() {
    try {
      return CudaGraph.capture(stream, work);
    } catch (DeviceException e) {
      refused = true;
      LOG.warn("training steps are not captured in a graph, which is slower: {}", e.getMessage());
      return null;
    }
  }

  /** True once it is a graph. */
  boolean isGraph() {
    return graph != null;
  }

  @Override
  public void close() {
    if (graph != null) {
      graph.close();
    }
  }
}
