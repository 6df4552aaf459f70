package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.TensorShape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@AlsoOnGpu
@EmulatedCuda
final class EventYardstickTest {
  @Test
  void microseconds_isTheDevicesTimePerCall() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT);
        EventYardstick yardstick = new EventYardstick(memory)) {
      var from = memory.allocate(DataType.F32, 1 << 18);
      var to = memory.allocate(DataType.F32, 1 << 18);
      AtomicInteger calls = new AtomicInteger();

      double time =
          yardstick.microseconds(
              () -> {
                yardstick.copy(from, to);
                calls.incrementAndGet();
              },
              3);

      // The emulated device's clock is simulated: it moves with the work, whatever the host does.
      assertThat(time).isPositive();
      assertThat(calls).hasValue(3);
    }
  }

  @Test
  void measure_onADevice_usesEventsAndTheDevicesCopy() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(2, 3, 4, 4)).build();
    BenchmarkCase each = new BenchmarkCase(BenchmarkOp.of("forward-training"), spec);

    BenchmarkRow row =
        new Benchmark(new BenchmarkOptions(0, 1, 0, 0, false, 0)).measure(new PtxBackend(), each);

    assertThat(row.medianUs()).isPositive();
    assertThat(row.copyGbps()).isPositive();
    assertThat(row.by()).isEqualTo(new BenchmarkRow.By("ptx", false, Clock.DEVICE_EVENTS));
  }

  @Test
  void measure_twice_givesTheSameTimes() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(2, 3, 4, 4)).build();
    BenchmarkCase each = new BenchmarkCase(BenchmarkOp.BACKWARD, spec);
    Benchmark benchmark = new Benchmark(new BenchmarkOptions(0, 3, 0, 0, false, 0));

    BenchmarkRow first = benchmark.measure(new PtxBackend(), each);
    BenchmarkRow second = benchmark.measure(new PtxBackend(), each);

    // The simulated clock moves with instructions and bytes: the host's would never agree.
    assertThat(first.times()).isEqualTo(second.times());
  }

  @Test
  void launch_isTheHostsTime() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(2, 3, 4, 4)).build();
    BenchmarkCase each =
        new BenchmarkCase(BenchmarkOp.FORWARD_TRAINING, spec, BenchmarkCase.Goal.LAUNCH, 1);

    BenchmarkRow row =
        new Benchmark(new BenchmarkOptions(0, 1, 0, 0, false, 0)).measure(new PtxBackend(), each);

    assertThat(row.by().clock()).isEqualTo(Clock.HOST_CALLS);
    assertThat(row.medianUs()).isPositive();
    assertThat(row.hasBandwidth()).isFalse();
  }

  @Test
  void run_moreThanTheDeviceHolds_isLeftOut() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(1 << 14, 1 << 14)).build();
    List<String> skipped = new ArrayList<>();
    BenchmarkListener listener =
        new BenchmarkListener() {
          @Override
          public void skipped(String what, String reason) {
            skipped.add(what + ": " + reason);
          }
        };

    List<BenchmarkRow> rows =
        new Benchmark(new BenchmarkOptions(0, 1, 0, 0, false, 0))
            .run(
                List.of(new PtxBackend()),
                List.of(new BenchmarkCase(BenchmarkOp.BACKWARD, spec)),
                listener);

    assertThat(rows).isEmpty();
    assertThat(skipped)
        .hasSize(1)
        .first()
        .asString()
        .startsWith("backward 16384x16384 nchw f32: expected tensors that fit into 1.0");
  }
}
