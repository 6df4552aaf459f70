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
        new Benchmark(new BenchmarkOptions(0, 1, 0, 0, false)).measure(new PtxBackend(), each);

    assertThat(row.medianUs()).isPositive();
    assertThat(row.copyGbps()).isPositive();
    assertThat(row.backend()).isEqualTo("ptx");
  }
}
