package io.github.bn4j.bench;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.Tensor;

/**
 * Times work that a backend queues on a device: on the host's clock, from the first call until the
 * memory says that all is done. Exact enough for groups of many calls.
 */
final class DeviceYardstick implements Yardstick {
  private final Memory memory;

  DeviceYardstick(Memory memory) {
    this.memory = memory;
  }

  @Override
  public Clock clock() {
    return Clock.HOST;
  }

  @Override
  public double microseconds(Runnable call, int calls) {
    memory.synchronize();
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      call.run();
    }
    memory.synchronize();
    return (System.nanoTime() - start) / 1e3 / calls;
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    memory.copy(from, to);
  }

  @Override
  public void close() {
    // The memory is closed by its owner.
  }
}
