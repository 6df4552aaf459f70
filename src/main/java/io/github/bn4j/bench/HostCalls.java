package io.github.bn4j.bench;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.Tensor;

/**
 * Times what calls cost the thread that makes them: the clock stops when the last call returns, and
 * a device's work is waited for afterwards.
 */
final class HostCalls implements Yardstick {
  /**
   * Calls in a row without waiting. A driver's queue holds about a thousand launches, and blocks
   * the caller when it is full; a pass has a few launches.
   */
  static final int MOST_IN_FLIGHT = 100;

  private final Memory memory;

  HostCalls(Memory memory) {
    this.memory = memory;
  }

  @Override
  public Clock clock() {
    return Clock.HOST_CALLS;
  }

  @Override
  public double microseconds(Runnable call, int calls) {
    long spent = 0;
    for (int done = 0; done < calls; done += MOST_IN_FLIGHT) {
      memory.synchronize();
      int end = Math.min(calls, done + MOST_IN_FLIGHT);
      long start = System.nanoTime();
      for (int i = done; i < end; i++) {
        call.run();
      }
      spent += System.nanoTime() - start;
    }
    memory.synchronize();
    return spent / 1e3 / calls;
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
