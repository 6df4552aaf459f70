package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.DataType;
import io.github.bn4j.verify.Comparison;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sample made with PyTorch, through files and the command line; here on the CPU backends. */
class ApplyGoldenTest {
  /** Backends to run every sample on. */
  List<String> backends() {
    return List.of("reference", "cpu");
  }

  private static final String FOLDER = "/io/github/bn4j/verify/golden/";

  /** Absolute, relative to the largest expected value: f32 sums of a thousand products. */
  private static final double MNIST_TOLERANCE = 2e-5;

  @TempDir private Path folder;

  /** A sample: operation, options, and how close in proportion to the largest expected value. */
  private record Sample(String name, String op, List<String> options, double tolerance) {
    @Override
    public String toString() {
      return name + " " + op;
    }
  }

  static Stream<Sample> samples() throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (String line : new String(resource("cases.tsv"), StandardCharsets.UTF_8).lines().toList()) {
      String[] cells = line.split("\t", -1);
      if (!cells[0].equals("name")) {
        List<String> options = cells[2].isEmpty() ? List.of() : List.of(cells[2].split(" "));
        samples.add(new Sample(cells[0], cells[1], options, Double.parseDouble(cells[3])));
      }
    }
    for (String name : List.of("mnist_mlp_bn1", "mnist_cnn_bn2")) {
      samples.add(new Sample(name, "forward-training", List.of(), MNIST_TOLERANCE));
      samples.add(new Sample(name, "backward", List.of(), MNIST_TOLERANCE));
    }
    return samples.stream();
  }

  @Test
  void allSamples_areTried() throws IOException {
    assertThat(samples()).hasSizeGreaterThanOrEqualTo(28);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void apply_agreesWithPyTorch(Sample sample) throws IOException {
    Path input = put(sample.name() + ".in.safetensors");
    NamedTensors want = Safetensors.read(put(sample.name() + ".want.safetensors"));
    for (String backend : backends()) {
      Path output = folder.resolve(backend + ".safetensors");
      List<String> words = new ArrayList<>(List.of("apply", sample.op()));
      words.addAll(List.of("--input", input.toString(), "--output", output.toString()));
      words.addAll(List.of("--backend", backend));
      words.addAll(sample.options());
      Bn4j apply = Bn4j.run(words.toArray(String[]::new));

      assertThat(apply.err()).isEmpty();
      assertThat(apply.code()).isZero();
      compare(sample, want, Safetensors.read(output), backend);
    }
  }

  private static void compare(Sample sample, NamedTensors want, NamedTensors got, String backend) {
    List<String> expected =
        sample.name().startsWith("mnist")
            ? want.tensors().keySet().stream()
                .filter(name -> name.startsWith("grad_") == sample.op().equals("backward"))
                .toList()
            : List.copyOf(want.tensors().keySet());
    assertThat(got.tensors().keySet()).containsAll(expected);
    for (String name : expected) {
      StoredTensor w = Objects.requireNonNull(want.get(name));
      StoredTensor g = Objects.requireNonNull(got.get(name));
      assertThat(g.shape()).as(name).isEqualTo(w.shape());
      double largest = Arrays.stream(w.values().toDoubles()).map(Math::abs).max().orElse(0);
      double bound = sample.tolerance() * Math.max(1, largest);
      Comparison found = Comparison.of(w.values(), g.values(), (index, value) -> bound);
      assertThat(found.holds()).as("%s on %s: %s", name, backend, found).isTrue();
    }
  }

  @Test
  void types_areThoseOfTheInputAndItsStatistics() throws IOException {
    Map<String, DataType> types =
        Map.of(
            "f16", DataType.F16, "bf16", DataType.BF16, "f32", DataType.F32, "f64", DataType.F64);
    for (Map.Entry<String, DataType> type : types.entrySet()) {
      Path input = put("torch_forward-training_" + type.getKey() + "_nhwc.in.safetensors");
      Path output = folder.resolve("out.safetensors");
      Bn4j.run(
          "apply", "forward-training", "--layout=nhwc", "--input=" + input, "--output=" + output);
      NamedTensors got = Safetensors.read(output);

      assertThat(type(got, "output")).isEqualTo(type.getValue());
      assertThat(type(got, "save_mean")).isEqualTo(type.getValue().statisticsType());
      assertThat(type(got, "running_var")).isEqualTo(type.getValue().statisticsType());
      assertThat(type(got, "num_batches_tracked")).isEqualTo(DataType.I64);
    }
  }

  private static DataType type(NamedTensors tensors, String name) {
    return Objects.requireNonNull(tensors.get(name)).values().dataType();
  }

  private Path put(String name) throws IOException {
    return Files.write(folder.resolve(name), resource(name));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream stream = ApplyGoldenTest.class.getResourceAsStream(FOLDER + name)) {
      return Objects.requireNonNull(stream, name).readAllBytes();
    }
  }
}
