package io.github.bn4j.bench;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaEvent;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.op.Tensor;

/**
 * Times work on a CUDA device by its own clock: between an event before the first call and one
 * after the last, so that what the host does meanwhile does not count unless the device has to wait
 * for it.
 */
final class EventYardstick implements Yardstick {
  private final CudaMemory memory;
  private final CudaEvent start;
  private final CudaEvent end;

  EventYardstick(CudaMemory memory) {
    this.memory = memory;
    CudaContext context = memory.stream().context();
    this.start = CudaEvent.timed(context);
    this.end = CudaEvent.timed(context);
  }

  @Override
  public Clock clock() {
    return Clock.DEVICE_EVENTS;
  }

  @Override
  public double microseconds(Runnable call, int calls) {
    start.record(memory.stream());
    for (int i = 0; i < calls; i++) {
      call.run();
    }
    end.record(memory.stream());
    end.synchronize();
    return end.millisecondsSince(start) * 1e3 / calls;
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    memory.copy(from, to);
  }

  @Override
  public void close() {
    start.close();
    end.close();
  }
}
