package io.github.bn4j.bench;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Times on the host's clock, and copies arrays with several threads. */
final class HostYardstick implements Yardstick {
  /** Bytes per thread below which starting another one costs more than it gains. */
  private static final long SHARE = 1 << 20;

  private final Memory memory;
  private final int threads;
  private final ExecutorService executor;

  HostYardstick(Memory memory, int threads) {
    this.memory = memory;
    this.threads = threads;
    this.executor =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "bn4j-copy");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public Clock clock() {
    return Clock.HOST;
  }

  @Override
  public double microseconds(Runnable call, int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      call.run();
    }
    return (System.nanoTime() - start) / 1e3 / calls;
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    if (!(from instanceof ArrayTensor source) || !(to instanceof ArrayTensor target)) {
      // Beyond 2^31 elements.
      memory.copy(from, to);
      return;
    }
    int elements = (int) source.elements();
    int parts = (int) Math.max(1, Math.min(threads, source.bytes() / SHARE));
    if (parts == 1) {
      copy(source, target, 0, elements);
      return;
    }
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      int begin = (int) ((long) elements * p / parts);
      int end = (int) ((long) elements * (p + 1) / parts);
      tasks.add(
          () -> {
            copy(source, target, begin, end - begin);
            return true;
          });
    }
    await(tasks);
  }

  private static void copy(ArrayTensor from, ArrayTensor to, int begin, int count) {
    System.arraycopy(from.array(), from.offset() + begin, to.array(), to.offset() + begin, count);
  }

  private void await(List<Callable<Boolean>> tasks) {
    try {
      for (Future<Boolean> part : executor.invokeAll(tasks)) {
        part.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("benchmark: interrupted while copying", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("benchmark: a copy failed", e);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
