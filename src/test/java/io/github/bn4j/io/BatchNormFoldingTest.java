package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Folded layers against the two layers that they replace, computed by plain loops. */
final class BatchNormFoldingTest {
  private static final double EPSILON = 1e-3;
  private static final int KERNEL = 3;
  private static final int LENGTH = 5;

  /** A one-dimensional layer: channels per group, groups, and where a weight lies. */
  private record Layer(
      WeightLayout layout, boolean transposed, int inputs, int outputs, int groups) {
    int in() {
      return inputs * groups;
    }

    int out() {
      return outputs * groups;
    }

    long[] shape() {
      return switch (layout) {
        case OUTPUT_FIRST -> new long[] {out(), inputs, KERNEL};
        case INPUT_FIRST -> new long[] {in(), outputs, KERNEL};
        case OUTPUT_LAST -> new long[] {KERNEL, inputs, out()};
        case OUTPUT_BEFORE_INPUT -> new long[] {KERNEL, out(), in()};
      };
    }

    /** Place of the weight from input i to output o of group g at position k of the kernel. */
    int at(int g, int o, int i, int k) {
      return switch (layout) {
        case OUTPUT_FIRST -> ((g * outputs + o) * inputs + i) * KERNEL + k;
        case INPUT_FIRST -> ((g * inputs + i) * outputs + o) * KERNEL + k;
        case OUTPUT_LAST -> (k * inputs + i) * out() + g * outputs + o;
        case OUTPUT_BEFORE_INPUT -> (k * out() + o) * in() + i;
      };
    }

    /** Channels by positions; a transposed one scatters with stride 2. */
    double[][] run(HostTensor weight, @Nullable HostTensor bias, double[][] x) {
      int length = transposed ? 2 * (LENGTH - 1) + KERNEL : LENGTH - KERNEL + 1;
      double[][] y = new double[out()][length];
      for (int g = 0; g < groups; g++) {
        for (int o = 0; o < outputs; o++) {
          for (int i = 0; i < inputs; i++) {
            for (int k = 0; k < KERNEL; k++) {
              double w = weight.get(at(g, o, i, k));
              for (int t = 0; t < (transposed ? LENGTH : length); t++) {
                if (transposed) {
                  y[g * outputs + o][2 * t + k] += w * x[g * inputs + i][t];
                } else {
                  y[g * outputs + o][t] += w * x[g * inputs + i][t + k];
                }
              }
            }
          }
        }
      }
      for (int c = 0; c < out(); c++) {
        for (int t = 0; t < length; t++) {
          y[c][t] += bias == null ? 0 : bias.get(c);
        }
      }
      return y;
    }
  }

  private final Random random = new Random(11);

  private HostTensor random(DataType type, int elements, double low, double high) {
    HostTensor tensor = HostTensor.allocate(type, elements);
    for (int i = 0; i < elements; i++) {
      tensor.set(i, low + (high - low) * random.nextDouble());
    }
    return tensor;
  }

  private CheckpointLayer norm(int channels, boolean affine) {
    return new CheckpointLayer(
        "bn.",
        affine ? StoredTensor.of(random(DataType.F32, channels, -2, 2), channels) : null,
        affine ? StoredTensor.of(random(DataType.F32, channels, -1, 1), channels) : null,
        StoredTensor.of(random(DataType.F32, channels, -1, 1), channels),
        StoredTensor.of(random(DataType.F32, channels, 0, 3), channels),
        null);
  }

  private static double normalized(CheckpointLayer norm, int c, double z) {
    double xHat =
        (z - norm.mean().values().get(c)) / Math.sqrt(norm.variance().values().get(c) + EPSILON);
    double gamma = norm.scale() == null ? 1 : norm.scale().values().get(c);
    double beta = norm.shift() == null ? 0 : norm.shift().values().get(c);
    return gamma * xHat + beta;
  }

  static Stream<Arguments> layers() {
    Stream<Layer> layers =
        Stream.of(
            new Layer(WeightLayout.OUTPUT_FIRST, false, 3, 4, 1),
            new Layer(WeightLayout.OUTPUT_FIRST, false, 2, 3, 3),
            new Layer(WeightLayout.OUTPUT_FIRST, false, 1, 1, 5),
            new Layer(WeightLayout.INPUT_FIRST, true, 3, 4, 1),
            new Layer(WeightLayout.INPUT_FIRST, true, 4, 4, 1),
            new Layer(WeightLayout.INPUT_FIRST, true, 2, 3, 4),
            new Layer(WeightLayout.INPUT_FIRST, true, 3, 1, 4),
            new Layer(WeightLayout.OUTPUT_LAST, false, 3, 4, 1),
            new Layer(WeightLayout.OUTPUT_LAST, false, 2, 2, 3),
            new Layer(WeightLayout.OUTPUT_LAST, true, 3, 4, 1),
            new Layer(WeightLayout.OUTPUT_BEFORE_INPUT, true, 3, 4, 1));
    return layers.flatMap(
        layer ->
            Stream.of(DataType.F64, DataType.F32, DataType.F16, DataType.BF16)
                .flatMap(
                    type ->
                        Stream.of(
                            Arguments.of(layer, type, false, true),
                            Arguments.of(layer, type, true, false))));
  }

  /** Inputs lie in [-1, 1], so the bound holds, but for the rounding of the sums in double. */
  @ParameterizedTest
  @MethodSource("layers")
  void folded_computesWhatBothLayersDo(Layer layer, DataType type, boolean biased, boolean affine) {
    HostTensor weight = random(type, layer.inputs * layer.out() * KERNEL, -1, 1);
    HostTensor bias = biased ? random(type, layer.out(), -1, 1) : null;
    CheckpointLayer norm = norm(layer.out(), affine);
    BatchNormFolding.Folded folded =
        new BatchNormFolding(norm, EPSILON)
            .fold(
                StoredTensor.of(weight, layer.shape()),
                bias == null ? null : StoredTensor.of(bias, layer.out()),
                layer.layout);
    assertThat(folded.weight().shape()).isEqualTo(layer.shape());
    assertThat(folded.weight().values().dataType()).isEqualTo(type);
    assertThat(folded.bias().values().dataType()).isEqualTo(type);
    assertThat(folded.deviation().measured())
        .isLessThanOrEqualTo(folded.deviation().bound() + 1e-13);
    double[][] x = new double[layer.in()][];
    for (int i = 0; i < x.length; i++) {
      x[i] = random(DataType.F64, LENGTH, -1, 1).toDoubles();
    }
    double[][] before = layer.run(weight, bias, x);
    double[][] after = layer.run(folded.weight().values(), folded.bias().values(), x);
    for (int c = 0; c < layer.out(); c++) {
      for (int t = 0; t < before[c].length; t++) {
        double want = normalized(norm, c, before[c][t]);
        assertThat(Math.abs(after[c][t] - want))
            .isLessThanOrEqualTo(folded.deviation().bound() + 1e-13 * (1 + Math.abs(want)));
      }
    }
  }

  /** gamma 3, variance 4 - epsilon, so the factor is 1.5: all by hand. */
  @Test
  void linearLayer_byHand() {
    CheckpointLayer norm =
        new CheckpointLayer(
            "",
            StoredTensor.of(HostTensor.of(3.0), 1),
            StoredTensor.of(HostTensor.of(0.5), 1),
            StoredTensor.of(HostTensor.of(10.0), 1),
            StoredTensor.of(HostTensor.of(3.5), 1),
            null);
    BatchNormFolding.Folded folded =
        new BatchNormFolding(norm, 0.5)
            .fold(
                StoredTensor.of(HostTensor.of(2f, -4f), 1, 2),
                StoredTensor.of(HostTensor.of(12f), 1),
                WeightLayout.OUTPUT_FIRST);
    assertThat(folded.weight().values().toFloats()).containsExactly(3f, -6f);
    assertThat(folded.bias().values().toFloats()).containsExactly(3.5f);
    assertThat(folded.deviation().bound()).isZero();
    assertThat(folded.deviation().measured()).isLessThan(1e-15);
    assertThat(folded.deviation().largestOutput()).isGreaterThan(3);
  }

  /** Exact would be 1/3 of the weight; f16 keeps 11 bits. */
  @Test
  void deviation_isThatOfTheRoundedWeights() {
    CheckpointLayer norm =
        new CheckpointLayer(
            "",
            null,
            null,
            StoredTensor.of(HostTensor.of(0.0), 1),
            StoredTensor.of(HostTensor.of(8.0), 1),
            null);
    HostTensor one = HostTensor.allocate(DataType.F16, 1);
    one.set(0, 1);
    BatchNormFolding.Folded folded =
        new BatchNormFolding(norm, 1)
            .fold(StoredTensor.of(one, 1, 1), null, WeightLayout.OUTPUT_FIRST);
    double rounding = Math.abs(folded.weight().values().get(0) - 1.0 / 3);
    assertThat(rounding).isBetween(1e-5, 1.3e-4);
    assertThat(folded.deviation().bound()).isEqualTo(rounding);
    assertThat(folded.deviation().measured()).isBetween(rounding / 10, rounding);
  }

  @Test
  void depthwiseKernelOfKeras_hasItsChannelsInTheLastTwoAxes() {
    CheckpointLayer norm =
        new CheckpointLayer(
            "",
            StoredTensor.of(HostTensor.of(1.0, 2, 3, 4, 5, 6), 6),
            null,
            StoredTensor.of(HostTensor.of(new double[6]), 6),
            StoredTensor.of(HostTensor.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5), 6),
            null);
    BatchNormFolding.Folded folded =
        new BatchNormFolding(norm, 0.5)
            .fold(
                StoredTensor.of(
                    HostTensor.of(1f, 1f, 1f, 1f, 1f, 1f, 2f, 2f, 2f, 2f, 2f, 2f), 2, 3, 2),
                null,
                WeightLayout.OUTPUT_LAST);
    assertThat(folded.weight().values().toFloats())
        .containsExactly(1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12);
  }

  @Test
  void valuesThatCannotBeFolded_areRefused() {
    BatchNormFolding folding = new BatchNormFolding(norm(1, true), EPSILON);
    StoredTensor weight = StoredTensor.of(HostTensor.of(1f), 1, 1);
    StoredTensor two = StoredTensor.of(HostTensor.of(1f, 2f), 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folding.fold(weight, two, WeightLayout.OUTPUT_FIRST))
        .withMessage("bias: expected 1 elements (output channels), got F32 [2]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                folding.fold(
                    StoredTensor.of(HostTensor.of(1L), 1, 1), null, WeightLayout.OUTPUT_FIRST))
        .withMessage("weight: expected F32, F64, F16 or BF16, got I64");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchNormFolding(norm(1, true), 0))
        .withMessageStartingWith("epsilon: expected a finite number > 0");
  }

  @Test
  void negativeVariance_isRefused() {
    CheckpointLayer norm =
        new CheckpointLayer(
            "bn.",
            null,
            null,
            StoredTensor.of(HostTensor.of(0f), 1),
            StoredTensor.of(HostTensor.of(-1e-6f), 1),
            null);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchNormFolding(norm, EPSILON))
        .withMessageContaining("a variance >= 0, got variance -9.99");
  }

  @Test
  void overflowOfTheWeightsType_isRefused() {
    CheckpointLayer norm =
        new CheckpointLayer(
            "bn.",
            StoredTensor.of(HostTensor.of(1e6f), 1),
            null,
            StoredTensor.of(HostTensor.of(0f), 1),
            StoredTensor.of(HostTensor.of(1f), 1),
            null);
    HostTensor one = HostTensor.allocate(DataType.F16, 1);
    one.set(0, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new BatchNormFolding(norm, EPSILON)
                    .fold(StoredTensor.of(one, 1, 1), null, WeightLayout.OUTPUT_FIRST))
        .withMessageContaining("finite in f16, got Infinity in channel 0")
        .withMessageEndingWith("convert the weights to a wider type first");
  }
}
