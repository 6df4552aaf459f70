package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bn4j.io.CheckpointConversion.LayerChange;
import io.github.bn4j.io.CheckpointConversion.Result;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.HostTensor;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CheckpointConversionTest {
  private static NamedTensors.Builder pytorch() {
    return NamedTensors.builder()
        .put("bn.weight", HostTensor.of(2f, 3f), 2)
        .put("bn.bias", HostTensor.of(-1f, 1f), 2)
        .put("bn.running_mean", HostTensor.of(5f, 6f), 2)
        .put("bn.running_var", HostTensor.of(8f, 16f), 2);
  }

  private static Checkpoint pytorchLayer() {
    return Checkpoint.of(
        Convention.PYTORCH,
        pytorch().put("bn.num_batches_tracked", HostTensor.of(12L)).build(),
        List.of());
  }

  private static Checkpoint keras(NamedTensors.Builder builder) {
    return Checkpoint.of(
        Convention.KERAS,
        builder
            .put("bn/moving_mean", HostTensor.of(5f, 6f), 2)
            .put("bn/moving_variance", HostTensor.of(6f, 12f), 2)
            .build(),
        List.of());
  }

  private static float[] floats(NamedTensors tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name).values().toFloats();
  }

  private static LayerChange only(Result result) {
    assertThat(result.layers()).hasSize(1);
    return result.layers().get(0);
  }

  /** m = 4: unbiased is 4/3 of the population's, so 8 and 16 become 6 and 12. */
  @ParameterizedTest
  @CsvSource({
    "KERAS, bn.gamma, bn.beta, bn.moving_mean, bn.moving_variance",
    "ONNX, bn.scale, bn.B, bn.input_mean, bn.input_var",
    "FLAX, bn.scale, bn.bias, bn.mean, bn.var"
  })
  void fromPyTorch_renamesAndCorrects(
      Convention to, String scale, String shift, String mean, String variance) {
    Result result = new CheckpointConversion(to).valuesPerChannel(4).convert(pytorchLayer());
    NamedTensors tensors = result.checkpoint().toTensors();
    assertThat(tensors.tensors()).containsOnlyKeys(scale, shift, mean, variance);
    assertThat(floats(tensors, scale)).containsExactly(2f, 3f);
    assertThat(floats(tensors, shift)).containsExactly(-1f, 1f);
    assertThat(floats(tensors, mean)).containsExactly(5f, 6f);
    assertThat(floats(tensors, variance)).containsExactly(6f, 12f);
    assertThat(only(result).varianceFactor()).isEqualTo(0.75);
    assertThat(only(result).notes())
        .containsExactly(
            "running variance: multiplied by 3 / 4 (unbiased in pytorch, the population's in %s)"
                .formatted(to.label()),
            "num_batches_tracked 12: lost, %s has none".formatted(to.label()));
  }

  @Test
  void toPyTorch_correctsBackAndSetsTheCounter() {
    Result result =
        new CheckpointConversion(Convention.PYTORCH)
            .valuesPerChannel(4)
            .convert(keras(NamedTensors.builder()));
    NamedTensors tensors = result.checkpoint().toTensors();
    assertThat(tensors.tensors())
        .containsOnlyKeys("bn/running_mean", "bn/running_var", "bn/num_batches_tracked");
    assertThat(floats(tensors, "bn/running_var")).containsExactly(8f, 16f);
    StoredTensor counter = Objects.requireNonNull(tensors.get("bn/num_batches_tracked"));
    assertThat(counter.shape()).isEmpty();
    assertThat(counter.values().getLong(0)).isZero();
    assertThat(only(result).notes())
        .containsExactly(
            "running variance: multiplied by 4 / 3 (the population's in keras, unbiased in pytorch)",
            "num_batches_tracked: set to 0, since the file has none");
  }

  @Test
  void valuesPerChannelUnknown_isRefusedWithTheReason() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CheckpointConversion(Convention.KERAS).convert(pytorchLayer()))
        .withMessage(
            "layer \"bn\": its running variance is unbiased in pytorch, the population's in keras;"
                + " the correction needs the values per channel of a training batch (batch times"
                + " spatial positions), which the file does not hold: give them"
                + " (--values-per-channel), or ask to keep the variance as it is (--keep-variance)");
  }

  @Test
  void keepVariance_isSaidAloud() {
    Result result =
        new CheckpointConversion(Convention.KERAS).keepVariance(true).convert(pytorchLayer());
    assertThat(floats(result.checkpoint().toTensors(), "bn.moving_variance"))
        .containsExactly(8f, 16f);
    assertThat(only(result).notes())
        .contains(
            "running variance: KEPT as asked, though it is unbiased in pytorch, the population's in keras");
  }

  @Test
  void layerThatSawNoBatch_keepsItsInitialVariance() {
    NamedTensors tensors =
        NamedTensors.builder()
            .put("bn.running_mean", HostTensor.of(0f, 0f), 2)
            .put("bn.running_var", HostTensor.of(1f, 1f), 2)
            .build();
    Result result =
        new CheckpointConversion(Convention.ONNX)
            .convert(Checkpoint.of(Convention.PYTORCH, tensors, List.of()));
    assertThat(only(result).varianceFactor()).isEqualTo(1);
    assertThat(only(result).notes())
        .contains(
            "running variance: kept, since no batch was averaged into it yet (mean 0, variance 1)");
  }

  @Test
  void valuesPerChannel_canDifferByLayer() {
    NamedTensors tensors =
        pytorch()
            .put("b.running_mean", HostTensor.of(0f), 1)
            .put("b.running_var", HostTensor.of(10f), 1)
            .build();
    Result result =
        new CheckpointConversion(Convention.FLAX)
            .valuesPerChannel(4)
            .valuesPerChannel("b", 10)
            .convert(Checkpoint.of(Convention.PYTORCH, tensors, List.of()));
    assertThat(floats(result.checkpoint().toTensors(), "bn.var")).containsExactly(6f, 12f);
    assertThat(floats(result.checkpoint().toTensors(), "b.var")).containsExactly(9f);
  }

  @Test
  void valuesPerChannelOfNoLayer_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new CheckpointConversion(Convention.FLAX)
                    .valuesPerChannel("x", 10)
                    .convert(pytorchLayer()))
        .withMessage("layer: expected one of [bn], got \"x\"");
  }

  @Test
  void betweenPopulationConventions_nothingIsNeeded() {
    Result result =
        new CheckpointConversion(Convention.FLAX).convert(keras(NamedTensors.builder()));
    assertThat(floats(result.checkpoint().toTensors(), "bn/var")).containsExactly(6f, 12f);
    assertThat(only(result).notes()).isEmpty();
  }

  @Test
  void missingScale_isWrittenWhereTheTargetHasIt() {
    NamedTensors.Builder shiftOnly =
        NamedTensors.builder().put("bn/beta", HostTensor.of(1f, 2f), 2);
    Checkpoint source = keras(shiftOnly);
    Result toOnnx = new CheckpointConversion(Convention.ONNX).convert(source);
    assertThat(floats(toOnnx.checkpoint().toTensors(), "bn/scale")).containsExactly(1f, 1f);
    assertThat(only(toOnnx).notes())
        .containsExactly(
            "scale: written as ones, which computes the same, since onnx always has it");
    Result toPyTorch =
        new CheckpointConversion(Convention.PYTORCH).keepVariance(true).convert(source);
    assertThat(floats(toPyTorch.checkpoint().toTensors(), "bn/weight")).containsExactly(1f, 1f);
    assertThat(only(toPyTorch).notes())
        .contains(
            "weight: written as ones, which computes the same, since pytorch has both or none");
    Result toFlax = new CheckpointConversion(Convention.FLAX).convert(source);
    assertThat(toFlax.checkpoint().toTensors().get("bn/scale")).isNull();
  }

  @Test
  void missingShift_isWrittenAsZeros() {
    Result result =
        new CheckpointConversion(Convention.ONNX)
            .convert(keras(NamedTensors.builder().put("bn/gamma", HostTensor.of(1f, 2f), 2)));
    assertThat(floats(result.checkpoint().toTensors(), "bn/B")).containsExactly(0f, 0f);
  }

  @ParameterizedTest
  @CsvSource({
    "KERAS, 0.1, momentum: 0.1 in pytorch is 0.9 in keras",
    "KERAS, 0.01, momentum: 0.01 in pytorch is 0.99 in keras",
    "PYTORCH, 0.3, momentum: 0.3 in pytorch is 0.3 in pytorch",
    "FLAX, 1, momentum: 1 in pytorch is 0 in flax",
    "ONNX, 0, momentum: 0 in pytorch is 1 in onnx"
  })
  void momentum_isTranslated(Convention to, double momentum, String note) {
    Result result =
        new CheckpointConversion(to)
            .keepVariance(true)
            .averageFactor(Convention.PYTORCH.averageFactor(momentum))
            .convert(pytorchLayer());
    assertThat(result.notes().get(0)).isEqualTo(note);
  }

  @Test
  void momentumAndEpsilonNotGiven_areTheDefaultsAndSaidSo() {
    Result result =
        new CheckpointConversion(Convention.PYTORCH)
            .keepVariance(true)
            .convert(keras(NamedTensors.builder()));
    assertThat(result.notes())
        .containsExactly(
            "momentum: 0.99 in keras (its default; none was given) is 0.01 in pytorch",
            "epsilon: set 0.001 (default of keras; none was given) in pytorch, whose default is 1.0E-5");
  }

  @Test
  void epsilonOfBoth_isSaidToBeSo() {
    Result result =
        new CheckpointConversion(Convention.ONNX)
            .keepVariance(true)
            .epsilon(1e-5)
            .convert(pytorchLayer());
    assertThat(result.notes().get(1)).isEqualTo("epsilon: 1.0E-5 is the default of onnx too");
  }

  @Test
  void cumulativeAverage_isRefusedWhereThereIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new CheckpointConversion(Convention.KERAS)
                    .keepVariance(true)
                    .averageFactor(AverageFactor.CUMULATIVE)
                    .convert(pytorchLayer()))
        .withMessage(
            "momentum: expected a number, since keras has no cumulative average, got none;"
                + " give the momentum that training is to go on with");
  }

  @Test
  void cumulativeAverage_needsTheCount() {
    CheckpointConversion conversion =
        new CheckpointConversion(Convention.PYTORCH)
            .keepVariance(true)
            .averageFactor(AverageFactor.CUMULATIVE);
    Checkpoint source = keras(NamedTensors.builder());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conversion.convert(source))
        .withMessage(
            "layer \"bn\": a cumulative average goes on from the count of batches,"
                + " which the file does not hold: give it (--batches)");
    Result result = conversion.batches(7).convert(source);
    assertThat(result.checkpoint().layer("bn").batchCount()).isEqualTo(7);
  }

  @Test
  void optionsOutOfRange_areRefused() {
    CheckpointConversion conversion = new CheckpointConversion(Convention.KERAS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conversion.valuesPerChannel(1))
        .withMessageStartingWith("valuesPerChannel: expected at least 2");
    assertThatIllegalArgumentException().isThrownBy(() -> conversion.valuesPerChannel("x", -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conversion.epsilon(0))
        .withMessageStartingWith("epsilon: expected a finite number > 0");
    assertThatIllegalArgumentException().isThrownBy(() -> conversion.epsilon(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> conversion.batches(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CheckpointConversion(Convention.CUDNN));
  }

  @Test
  void otherTensors_passUnchanged() {
    StoredTensor other = StoredTensor.of(HostTensor.of(1.0, 2.0), 2);
    NamedTensors tensors = pytorch().put("conv.weight", other).metadata("a", "b").build();
    NamedTensors converted =
        new CheckpointConversion(Convention.KERAS)
            .valuesPerChannel(9)
            .convert(Checkpoint.of(Convention.PYTORCH, tensors, List.of()))
            .checkpoint()
            .toTensors();
    assertThat(converted.get("conv.weight")).isSameAs(other);
    assertThat(converted.metadata()).containsEntry("a", "b").hasSize(1);
  }
}
