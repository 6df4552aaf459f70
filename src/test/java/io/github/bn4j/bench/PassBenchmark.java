package io.github.bn4j.bench;

import io.github.bn4j.backend.cpu.CpuBackend;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One call of a pass on the CPU, next to a copy; run by {@code scripts/bench-jmh}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xmx3g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PassBenchmark {
  /** Batch, channels and spatial sizes. */
  @Param({"32x64x56x56", "32x2048x7x7", "128x512"})
  public String shape = "128x512";

  /** Where the channel lies. */
  @Param({"CHANNEL_SECOND", "CHANNEL_LAST"})
  public Layout layout = Layout.CHANNEL_SECOND;

  /** The pass. */
  @Param({"FORWARD_TRAINING", "BACKWARD", "FORWARD_INFERENCE"})
  public BenchmarkOp op = BenchmarkOp.FORWARD_TRAINING;

  /** Threads of the plan; 0 for all processors. */
  @Param("0")
  public int threads;

  private BenchmarkSession session = newSession();
  private Runnable pass = session.pass();
  private Runnable copy = session.copy();

  private BenchmarkSession newSession() {
    BatchNormSpec spec =
        BatchNormSpec.builder(ShapeList.parse(shape).get(0)).layout(layout).build();
    return new BenchmarkSession(
        new CpuBackend(),
        new BenchmarkCase(op, spec),
        BenchmarkOptions.DEFAULT.withThreads(threads));
  }

  /** Plans the case of the parameters in place of the default one. */
  @Setup
  public void prepare() {
    session.close();
    session = newSession();
    pass = session.pass();
    copy = session.copy();
  }

  /** The pass. */
  @Benchmark
  public void pass() {
    pass.run();
  }

  /** A copy of one activation tensor. */
  @Benchmark
  public void copy() {
    copy.run();
  }

  /** Ends the plan. */
  @TearDown
  public void end() {
    session.close();
  }
}
