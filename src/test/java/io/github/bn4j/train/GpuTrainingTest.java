package io.github.bn4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.cudnn.CudnnBackend;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.data.DataSets;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.network.Architecture;
import io.github.bn4j.train.network.Architectures;
import io.github.bn4j.train.network.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few steps of whole networks on the emulated device, beside the same steps on the CPU. */
@EmulatedCuda
final class GpuTrainingTest {
  private static final int STEPS = 4;
  private static final int BATCH = 16;

  /**
   * How far two trainings drift apart that differ by rounding only. A gradient is a sum of at most
   * {@code 16 * 26 * 26} products of numbers around 1, divided by the batch; sums in another order
   * differ by some {@code 2^-24 * sqrt(16 * 26 * 26)} of their magnitude, 6e-6. An update of SGD
   * with a rate of 0.05 and momentum 0.9 takes over at most {@code 0.05 * 10} of it, and what it
   * moves comes back through four steps of a network whose gradients are of size 1 at most.
   */
  private static final double DRIFT = 2e-5;

  @TempDir private static Path folder;
  private static DataSet images;

  @BeforeAll
  static void prepare() throws IOException {
    System.setProperty(CudnnBackend.DIRECTORY_PROPERTY, EmulatedDriver.directory().toString());
    images = DataSets.open(DataSets.EMBEDDED, folder).limited(STEPS * BATCH);
  }

  /** A network with every kind of layer of the workload's, but few channels. */
  private static Architecture tinyCnn() {
    return new Architecture(
        "tiny",
        Architectures.IMAGE,
        10,
        List.of(
            new Layer.Convolution("conv1", 4, 3, 1, 0, true),
            new Layer.Norm("bn1", false),
            new Layer.MaxPool(2, 2),
            new Layer.Convolution("conv2", 4, 3, 2, 1, false),
            new Layer.Norm("bn2", true),
            new Layer.Dense("fc1", 16, true),
            new Layer.Dropout(0.25),
            new Layer.Dense("fc2", 10, false)));
  }

  private static Architecture network(String name) {
    return name.equals("tiny") ? tinyCnn() : Architectures.of(name, Architectures.IMAGE, true);
  }

  /** What is left of a training: parameters, statistics, the loss and the right answers. */
  private static Map<String, double[]> train(String name, String backend, int steps) {
    TrainingSpec spec =
        new TrainingSpec(network(name), new OptimizerSpec.Sgd(0.05, 0.9), 1, BATCH, 3, false);
    Engines.Choice choice = Engines.choose(backend);
    assertThat(choice.provider().onDevice()).isEqualTo(!backend.equals("cpu"));
    Map<String, double[]> left = new LinkedHashMap<>();
    try (Engine engine = choice.open(PlanOptions.DEFAULT.withThreads(2));
        Training training = new Training(spec, images, engine, choice.backend())) {
      training.runSteps(steps);
      Map<String, StoredTensor> state = training.network().state().tensors();
      state.forEach((key, tensor) -> left.put(key, tensor.values().toDoubles()));
      left.put("totals", training.state().totals);
    }
    return left;
  }

  private static void assertClose(Map<String, double[]> expected, Map<String, double[]> got) {
    assertThat(got.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, values) -> {
          double[] others = Objects.requireNonNull(got.get(name));
          assertThat(others).as(name).hasSameSizeAs(values);
          for (int i = 0; i < values.length; i++) {
            assertThat(Math.abs(others[i] - values[i]))
                .as("%s[%d]: %s on the cpu, %s on the device", name, i, values[i], others[i])
                .isLessThanOrEqualTo(DRIFT * Math.max(1, Math.abs(values[i])));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptx", "cudnn", "auto"})
  void tinyCnn_onTheDevice_isTheCpusUpToRounding(String backend) {
    assertClose(train("tiny", "cpu", STEPS), train("tiny", backend, STEPS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptx", "cudnn"})
  void mlp_onTheDevice_isTheCpusUpToRounding(String backend) {
    assertClose(train("mlp", "cpu", STEPS), train("mlp", backend, STEPS));
  }

  @Test
  void rnn_onTheDevice_isTheCpusUpToRounding() {
    assertClose(train("rnn", "cpu", 2), train("rnn", "ptx", 2));
  }

  @Test
  void training_again_givesTheSameBits() {
    Map<String, double[]> first = train("tiny", "cudnn", STEPS);
    Map<String, double[]> second = train("tiny", "cudnn", STEPS);
    first.forEach((name, values) -> assertThat(second.get(name)).as(name).containsExactly(values));
  }
}
