package io.github.bn4j.backend.cpu;

import com.sun.management.ThreadMXBean;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.BenchmarkSession;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.lang.management.ManagementFactory;

/**
 * A program that does each of some passes again and again until calls allocate nothing: until then
 * the compiler has left vectors in objects. Prints, for each pass that does not come to that in a
 * time that suffices many times over, what a call still allocates.
 *
 * <p>Arguments: the least number of rounds, then passes, each as {@code
 * backward,CHANNEL_LAST,F16,plain} or {@code fused}.
 */
final class SteadyCalls {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 20;
  private static final long CPU_NANOS = 20_000_000_000L;

  private SteadyCalls() {}

  public static void main(String[] args) {
    int rounds = Integer.parseInt(args[0]);
    for (int i = 1; i < args.length; i++) {
      String[] words = args[i].split(",");
      boolean fused = words[3].equals("fused");
      BatchNormSpec spec =
          BatchNormSpec.builder(TensorShape.of(8, 64, 56, 56))
              .layout(Layout.valueOf(words[1]))
              .dataType(DataType.valueOf(words[2]))
              .activation(fused ? Activation.RELU : Activation.NONE)
              .residual(fused)
              .build();
      BenchmarkCase each = new BenchmarkCase(BenchmarkOp.of(words[0]), spec);
      BenchmarkOptions options = new BenchmarkOptions(1, 1, 20, 300, false, 0);
      try (BenchmarkSession session = new BenchmarkSession(new CpuBackend(), each, options)) {
        long bytes = untilSteady(session.pass(), rounds);
        if (bytes > 0) {
          System.out.println(args[i] + ": " + bytes + " bytes a call");
        }
      }
    }
  }

  private static long untilSteady(Runnable pass, int rounds) {
    long bytes = 0;
    long end = THREADS.getCurrentThreadCpuTime() + CPU_NANOS;
    for (int round = 0; THREADS.getCurrentThreadCpuTime() < end; round++) {
      long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < CALLS; i++) {
        pass.run();
      }
      bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      // A boxed vector per call would be 32 bytes or more.
      if (round >= rounds && bytes < 16L * CALLS) {
        return 0;
      }
    }
    return bytes / CALLS;
  }
}
