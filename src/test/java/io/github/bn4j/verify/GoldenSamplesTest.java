package io.github.bn4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GoldenSamplesTest {
  @Test
  void all_coverModesTypesLayoutsAndFusedForms() {
    List<GoldenSample> samples = GoldenSamples.all();
    assertThat(samples).hasSize(26);
    Set<DataType> types =
        samples.stream().map(sample -> sample.spec().dataType()).collect(Collectors.toSet());
    assertThat(types).hasSize(4);
    assertThat(samples).anyMatch(sample -> sample.spec().mode() == Mode.FROZEN);
    assertThat(samples).anyMatch(sample -> sample.spec().layout() == Layout.CHANNEL_LAST);
    assertThat(samples).anyMatch(sample -> sample.spec().hasResidual() && sample.hasBackward());
    assertThat(samples).allMatch(sample -> !sample.expected().isEmpty());
  }

  @Test
  void reference_everySample_agreesWithPyTorch() {
    Report report =
        new Verifier(List.of(new ReferenceBackend()), PlanOptions.DEFAULT)
            .run(List.of(), GoldenSamples.all(), Progress.NONE);
    assertThat(report.failures()).isEmpty();
    assertThat(report.rows()).hasSizeGreaterThan(100);
  }

  @Test
  void parse_keras_readsMomentumInItsMeaning() {
    GoldenLine line =
        GoldenLine.parse(
            "torch_keras_rule\tforward-training\t"
                + "--epsilon 0.001 --momentum 0.99 --layout nhwc --convention keras\t2e-05");
    assertThat(line.layout()).isEqualTo(Layout.CHANNEL_LAST);
    var spec = line.spec(TensorShape.of(2, 3)).build();
    assertThat(spec.averageFactor()).isEqualTo(AverageFactor.of(1 - 0.99));
    assertThat(spec.epsilon()).isEqualTo(0.001);
    assertThat(spec.varianceKind()).isEqualTo(Convention.KERAS.varianceKind());
    assertThat(line.tolerance()).isEqualTo(2e-5);
  }

  @Test
  void parse_momentumNone_isCumulative() {
    GoldenLine line =
        GoldenLine.parse("torch_cumulative\tforward-training\t--momentum none\t2e-05");
    assertThat(line.spec(TensorShape.of(2, 3)).build().averageFactor())
        .isEqualTo(AverageFactor.CUMULATIVE);
  }
}
