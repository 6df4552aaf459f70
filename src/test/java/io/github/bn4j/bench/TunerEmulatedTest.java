package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.ptx.Tier;
import io.github.bn4j.backend.ptx.TierTrials;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class TunerEmulatedTest {
  private static final BenchmarkCase CASE =
      new BenchmarkCase(
          BenchmarkOp.FORWARD_TRAINING, BatchNormSpec.builder(TensorShape.of(2, 3, 4, 4)).build());

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

  @Test
  void measure_runsEveryTierThatCan_andTakesTheFastest() {
    CudaDevice device = CudaProbe.get().device(0);
    List<Tier> able = List.copyOf(new TierTrials(CASE.spec(), false, device).backends().keySet());
    Benchmark benchmark =
        new Benchmark(
            new BenchmarkOptions(0, 1, 0, 0, false, 0),
            PlanOptions.DEFAULT,
            (backend, memory) ->
                new Invented(memory, backend.name().equals("ptx-forward-two-pass") ? 1 : 5));
    List<String> skipped = new ArrayList<>();

    Tuner.Trial trial =
        new Tuner(benchmark, device)
            .measure(
                CASE,
                new BenchmarkListener() {
                  @Override
                  public void skipped(String what, String reason) {
                    skipped.add(what + ": " + reason);
                  }
                });

    assertThat(able).contains(Tier.TWO_PASS);
    if (able.size() == 1) {
      assertThat(trial).isNull();
      assertThat(skipped)
          .containsExactly("forward-training 2x3x4x4 nchw f32: only two-pass can do it");
      return;
    }
    assertThat(Objects.requireNonNull(trial).us().keySet())
        .containsExactlyInAnyOrderElementsOf(able);
    assertThat(trial.best()).isEqualTo(Tier.TWO_PASS);
    assertThat(trial.pass()).isEqualTo("forward 2x3x4x4 nchw f32");
  }
}
