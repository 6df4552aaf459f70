package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.bench.BenchmarkCase.Goal;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ShapeSuiteTest {
  private static int layers(ShapeSuite suite) {
    return suite.problems().stream().mapToInt(Problem::occurrences).sum();
  }

  private static List<BenchmarkCase> cases(CaseList.Wanted wanted, Problem... problems) {
    CaseList list = new CaseList(wanted);
    for (Problem problem : problems) {
      list.add(problem, Goal.TIME);
    }
    return list.cases();
  }

  @Test
  void networks_haveAsManyLayersAsTheirPapersSay() {
    assertThat(layers(ShapeSuite.RESNET50)).isEqualTo(53);
    assertThat(layers(ShapeSuite.DENSENET121)).isEqualTo(121);
    assertThat(ShapeSuite.RESNET50.problems())
        .contains(new Problem(TensorShape.of(32, 256, 14, 14), 11, null, null, null, false));
    assertThat(ShapeSuite.DENSENET121.problems())
        .contains(new Problem(TensorShape.of(32, 1024, 7, 7), 1, null, null, null, false));
    assertThat(ShapeSuite.MLP.problems()).allMatch(problem -> problem.shape().rank() == 2);
  }

  @Test
  void onednn_isReadInFull() {
    List<Problem> problems = ShapeSuite.ONEDNN.problems();

    assertThat(problems).hasSize(399);
    assertThat(problems.stream().map(Problem::shape).distinct()).hasSize(274);
    assertThat(problems.get(0))
        .isEqualTo(
            new Problem(
                TensorShape.of(14, 168, 10, 16),
                1,
                BenchmarkOp.BACKWARD,
                Layout.CHANNEL_LAST,
                DataType.F32,
                false));
    assertThat(problems).anyMatch(problem -> problem.shape().rank() == 5);
    assertThat(problems).anyMatch(Problem::relu);
  }

  @Test
  void sameProblemTwice_isOneCaseOfBothWeights() {
    Problem one = new Problem(TensorShape.of(2, 3), 4, null, null, null, false);
    CaseList.Wanted wanted =
        new CaseList.Wanted(
            List.of(BenchmarkOp.BACKWARD),
            List.of(Layout.CHANNEL_SECOND, Layout.CHANNEL_LAST),
            List.of(DataType.F16),
            List.of());

    List<BenchmarkCase> cases =
        cases(wanted, one, one, new Problem(TensorShape.of(1, 3), 1, null, null, null, true));

    assertThat(cases).as("rank 2 has one layout").hasSize(2);
    assertThat(cases.get(0).weight()).isEqualTo(8);
    assertThat(cases.get(0).describe()).isEqualTo("backward 2x3 nchw f16");
    assertThat(cases.get(1).spec().activation()).isEqualTo(Activation.RELU);
  }

  @Test
  void wordOfALine_holdsUnlessTheUserNamedOthers() {
    Problem half =
        new Problem(
            TensorShape.of(2, 3, 4),
            1,
            BenchmarkOp.BACKWARD,
            Layout.CHANNEL_LAST,
            DataType.BF16,
            false);
    List<BenchmarkOp> ops = List.of(BenchmarkOp.FORWARD_TRAINING, BenchmarkOp.BACKWARD);
    List<Layout> layouts = List.of(Layout.CHANNEL_SECOND);
    List<DataType> types = List.of(DataType.F32);

    List<BenchmarkCase> free =
        cases(new CaseList.Wanted(ops, layouts, types, List.of("op", "layout", "dtype")), half);
    List<BenchmarkCase> named =
        cases(new CaseList.Wanted(ops, layouts, types, List.of("op", "layout")), half);

    assertThat(free).hasSize(1);
    assertThat(free.get(0).describe()).isEqualTo("backward 2x3x4 nhwc bf16");
    assertThat(named).as("f32 only").isEmpty();
  }

  @Test
  void batch_isReplaced() {
    assertThat(ShapeSuite.RESNET50.problems().get(0).withBatch(7).shape())
        .isEqualTo(TensorShape.of(7, 64, 112, 112));
  }

  @Test
  void wrongWordOrLine_isRefused() {
    assertThatThrownBy(() -> ShapeSuite.of("vgg"))
        .hasMessage("suite: expected resnet50, densenet121, onednn, mlp or all, got vgg");
    assertThatThrownBy(() -> Problem.parse("a,b")).hasMessageContaining("expected 13 columns");
    assertThatThrownBy(() -> Problem.parse("f,1,2,1,1,1,2,1,SIDEWAYS,f32,ab,CH,name"))
        .hasMessageContaining("unknown direction SIDEWAYS");
    assertThatThrownBy(() -> Problem.parse("f,1,2,1,1,1,2,1,FWD_D,s8,ab,CH,name"))
        .hasMessageContaining("unknown type s8");
  }
}
