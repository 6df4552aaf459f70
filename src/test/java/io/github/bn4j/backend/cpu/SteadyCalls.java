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
 * A program that does one pass again and again until calls allocate nothing: until then the
 * compiler has left vectors in objects. Prints {@code steady}, or what a call still allocates after
 * a time that suffices many times over.
 *
 * <p>Arguments: pass, layout, type, {@code plain} or {@code fused}.
 */
final class SteadyCalls {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 20;

  /** Rounds until large methods that the loops are inlined into have been compiled, too. */
  private static final int ROUNDS = 50;

  private static final long CPU_NANOS = 20_000_000_000L;

  private SteadyCalls() {}

  public static void main(String[] args) {
    boolean fused = args[3].equals("fused");
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(8, 64, 56, 56))
            .layout(Layout.valueOf(args[1]))
            .dataType(DataType.valueOf(args[2]))
            .activation(fused ? Activation.RELU : Activation.NONE)
            .residual(fused)
            .build();
    BenchmarkCase each = new BenchmarkCase(BenchmarkOp.of(args[0]), spec);
    BenchmarkOptions options = new BenchmarkOptions(1, 1, 20, 300, false, 0);
    try (BenchmarkSession session = new BenchmarkSession(new CpuBackend(), each, options)) {
      System.out.println(untilSteady(session.pass()));
    }
  }

  private static String untilSteady(Runnable pass) {
    long bytes = 0;
    for (int round = 0; THREADS.getCurrentThreadCpuTime() < CPU_NANOS; round++) {
      long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < CALLS; i++) {
        pass.run();
      }
      bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      // A boxed vector per call would be 32 bytes or more.
      if (round >= ROUNDS && bytes < 16L * CALLS) {
        return "steady";
      }
    }
    return bytes / CALLS + " bytes a call";
  }
}
