package io.github.bn4j.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layer on a device does what it does on the reference. */
@AlsoOnGpu
@EmulatedCuda
final class BatchNormOnDeviceTest {
  private static final TensorShape SHAPE = TensorShape.of(4, 3, 5, 2);

  /** f32 on values around 1, sums of 40. */
  private static final Offset<Double> CLOSE = Offset.offset(2e-5);

  @TempDir private Path folder;

  private static HostTensor values(int seed) {
    HostTensor values = HostTensor.allocate(DataType.F32, SHAPE.elements());
    for (long i = 0; i < values.elements(); i++) {
      values.set(i, Math.sin(seed + 0.7 * i) + 0.3);
    }
    return values;
  }

  /** Two training steps, then inference: everything that a caller can see. */
  private static List<double[]> steps(BatchNorm layer) {
    List<double[]> seen = new ArrayList<>();
    Tensor y = layer.memory().allocate(DataType.F32, SHAPE.elements());
    Tensor dx = layer.memory().allocate(DataType.F32, SHAPE.elements());
    for (int step = 0; step < 2; step++) {
      Tensor x = layer.memory().copyOf(values(step));
      Tensor dy = layer.memory().copyOf(values(7 + step));
      layer.train(SHAPE, x, y).backward(dy, dx);
      for (Tensor each : new Tensor[] {y, dx}) {
        seen.add(layer.memory().toHost(each).toDoubles());
      }
      layer.parameters().forEach(p -> seen.add(layer.memory().toHost(p.gradient()).toDoubles()));
    }
    layer.inference(SHAPE, layer.memory().copyOf(values(3)), y);
    seen.add(layer.memory().toHost(y).toDoubles());
    RunningStatistics running = Objects.requireNonNull(layer.running());
    seen.add(layer.memory().toHost(running.mean()).toDoubles());
    seen.add(layer.memory().toHost(running.variance()).toDoubles());
    seen.add(layer.memory().toHost(Objects.requireNonNull(running.batches())).toDoubles());
    return seen;
  }

  private static BatchNormBuilder layer(String backend) {
    return BatchNorm.builder(3).backend(backend).activation(Activation.RELU);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptx", "auto"})
  void trainingAndInference_agreeWithTheReference(String backend) {
    List<double[]> expected;
    try (BatchNorm reference = layer("reference").build()) {
      expected = steps(reference);
    }
    try (BatchNorm layer = layer(backend).build()) {
      assertThat(layer.memory().allocate(DataType.F32, 1)).isInstanceOf(DeviceTensor.class);
      List<double[]> got = steps(layer);
      assertThat(got).hasSameSizeAs(expected);
      for (int i = 0; i < got.size(); i++) {
        assertThat(got.get(i)).as("result %d", i).containsExactly(expected.get(i), CLOSE);
      }
    }
  }

  @Test
  void saveAndLoad_carryTheStateFromDeviceToDevice() throws IOException {
    Path file = folder.resolve("layer.safetensors");
    HostTensor expected;
    try (BatchNorm layer = layer("ptx").build()) {
      steps(layer);
      layer.save(file);
      expected = inference(layer);
    }
    try (BatchNorm layer = layer("ptx").build()) {
      layer.load(file);
      assertThat(inference(layer).toDoubles()).containsExactly(expected.toDoubles());
    }
  }

  private static HostTensor inference(BatchNorm layer) {
    Tensor y = layer.memory().allocate(DataType.F32, SHAPE.elements());
    layer.inference(SHAPE, layer.memory().copyOf(values(5)), y);
    return layer.memory().toHost(y);
  }
}
