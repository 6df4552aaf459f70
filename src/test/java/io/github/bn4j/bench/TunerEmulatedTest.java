package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.ptx.Tier;
import io.github.bn4j.backend.ptx.Way;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class TunerEmulatedTest {
  private static final BatchNormSpec SPEC =
      BatchNormSpec.builder(TensorShape.of(32, 16, 14, 14)).build();

  /** Runs calls, and says what the test wants to have been measured. */
  private record Invented(Memory memory, double us) implements Yardstick {
    @Override
    public Clock clock() {
      return Clock.DEVICE_EVENTS;
    }

    @Override
    public double microseconds(Runnable call, int calls) {
      call.run();
      memory.synchronize();
      return us;
    }

    @Override
    public void copy(Tensor from, Tensor to) {
      memory.copy(from, to);
    }

    @Override
    public void close() {}
  }

  private static Tuner.Trial measure(BatchNormSpec spec, ToDoubleFunction<String> us) {
    Benchmark benchmark =
        new Benchmark(
            new BenchmarkOptions(0, 1, 0, 0, false, 0),
            PlanOptions.DEFAULT,
            (backend, memory) -> new Invented(memory, us.applyAsDouble(backend.name())));
    return Objects.requireNonNull(
        new Tuner(benchmark, CudaProbe.get().device(0))
            .measure(
                new BenchmarkCase(BenchmarkOp.FORWARD_TRAINING, spec), new BenchmarkListener() {}));
  }

  @Test
  void measure_triesEveryTierAndClustersOfEachSize_andTakesTheFastest() {
    Tuner.Trial trial = measure(SPEC, name -> name.equals("ptx-forward-two-pass") ? 1 : 5);

    assertThat(trial.us().keySet())
        .extracting(Way::label)
        .contains("block", "cluster", "grid", "two-pass", "cluster x8")
        .allMatch(label -> !label.contains(" t") && !label.contains(" g"));
    assertThat(trial.best()).isEqualTo(Way.of(Tier.TWO_PASS));
    assertThat(trial.pass()).isEqualTo("forward 32x16x14x14 nchw f32");
  }

  @Test
  void measure_triesThreadsAndChannelsBesideTheFastest() {
    Tuner.Trial trial =
        measure(
            SPEC,
            name -> name.equals("ptx-forward-block-t512") ? 1 : name.contains("block") ? 2 : 5);

    assertThat(trial.us().keySet())
        .extracting(Way::label)
        .contains("block t512", "block g4")
        .doesNotContain("grid t512");
    assertThat(trial.best()).isEqualTo(Way.of("block t512"));
    assertThat(trial.entry().note()).startsWith("block t512 1.0 us, block 2.0 us");
  }
}
