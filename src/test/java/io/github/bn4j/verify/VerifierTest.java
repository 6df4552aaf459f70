package io.github.bn4j.verify;

import static io.github.bn4j.verify.MutantBackend.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Row.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The verifier finds mistakes, and says what it found. */
class VerifierTest {
  private static final TensorShape SHAPE = TensorShape.of(3, 4, 5, 7);
  private static final Case ORDINARY = Case.of(BatchNormSpec.builder(SHAPE).build());

  private static Report verify(Backend backend, Case... cases) {
    return new Verifier(List.of(backend), PlanOptions.DEFAULT).run(List.of(cases), Progress.NONE);
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  private static void assertFound(Report report, String... what) {
    assertThat(report.holds()).isFalse();
    assertThat(report.failures()).extracting(Row::what).containsExactlyInAnyOrder(what);
  }

  @Test
  void run_reference_agreesWithItself() {
    Report report = verify(new ReferenceBackend(), Cases.hard().toArray(new Case[0]));
    assertThat(report.failures()).isEmpty();
    assertThat(report.holds()).isTrue();
    assertThat(report.computed("reference")).isEqualTo(report.rows().size());
  }

  @Test
  void run_oneElementALittleOff_isFoundWithItsIndex() {
    Report report =
        verify(
            MutantBackend.forward((spec, t) -> host(t.y()).set(100, host(t.y()).get(100) + 2e-5)),
            ORDINARY);
    assertFound(report, "y");
    Row row = report.failures().get(0);
    assertThat(present(row.comparison()).index()).isEqualTo(100);
    assertThat(row.reason()).startsWith("1 elements beyond their bounds, the worst at index 100");
  }

  @Test
  void run_oneNan_isFound() {
    assertFound(
        verify(MutantBackend.forward((spec, t) -> host(t.y()).set(3, Double.NaN)), ORDINARY), "y");
  }

  @Test
  void run_halfOffByTwoUnits_isFound() {
    BatchNormSpec half = BatchNormSpec.builder(SHAPE).dataType(DataType.F16).build();
    assertFound(
        verify(
            MutantBackend.forward(
                (spec, t) -> host(t.y()).set(8, host(t.y()).get(8) * (1 + 0x1p-8))),
            Case.of(half)),
        "y");
  }

  @Test
  void run_populationVarianceStored_isFound() {
    assertFound(
        verify(
            MutantBackend.forward(
                (spec, t) -> {
                  HostTensor variance = host(present(t.running()).variance());
                  HostTensor invStd = host(present(t.saved()).invStd());
                  double v = 1 / Math.pow(invStd.get(0), 2) - spec.epsilon();
                  double added = 0.1 * v * (spec.varianceCorrection() - 1);
                  variance.set(0, variance.get(0) - added);
                }),
            ORDINARY),
        "running.variance");
  }

  @Test
  void run_batchNotCounted_isFound() {
    assertFound(
        verify(
            MutantBackend.forward((spec, t) -> host(present(t.running()).batches()).setLong(0, 3)),
            ORDINARY),
        "running.batches");
  }

  @Test
  void run_rawSumsOfSquaresInSinglePrecision_areFoundByALargeMean() {
    MutantBackend raw =
        MutantBackend.forward((spec, t) -> normalizeByRawSums(spec, host(t.x()), host(t.y())));
    BatchNormSpec plain = BatchNormSpec.builder(SHAPE).affine(false, false).build();
    assertThat(verify(raw, Case.of(plain, HardInput.MEAN_1E4)).holds()).isFalse();
  }

  private static void normalizeByRawSums(BatchNormSpec spec, HostTensor x, HostTensor y) {
    Channels at = new Channels(spec);
    for (long c = 0; c < at.count(); c++) {
      float sum = 0;
      float squares = 0;
      for (long i = 0; i < at.values(); i++) {
        float value = (float) x.get(at.index(c, i));
        sum += value;
        squares += value * value;
      }
      float mean = sum / at.values();
      float variance = Math.max(0, squares / at.values() - mean * mean);
      for (long i = 0; i < at.values(); i++) {
        long index = at.index(c, i);
        y.set(index, (x.get(index) - mean) / Math.sqrt(variance + spec.epsilon()));
      }
    }
  }

  @Test
  void run_gradientAddedInsteadOfWritten_isFound() {
    assertFound(
        verify(
            MutantBackend.backward(
                (spec, t) -> host(t.dBeta()).set(1, host(t.dBeta()).get(1) - 77)),
            ORDINARY),
        "dBeta");
  }

  @Test
  void run_trainingGradientWithoutItsMeans_isFound() {
    assertFound(
        verify(
            MutantBackend.backward(
                (spec, t) -> {
                  Channels at = new Channels(spec);
                  for (long i = 0; i < t.dy().elements(); i++) {
                    int c = at.of(i);
                    double gamma = host(t.inputs().gamma()).get(c);
                    double invStd = host(present(t.inputs().saved()).invStd()).get(c);
                    host(t.dx()).set(i, gamma * invStd * host(t.dy()).get(i));
                  }
                }),
            ORDINARY),
        "dx");
  }

  @Test
  void run_bitsThatChange_areFoundOnRepetition() {
    AtomicInteger calls = new AtomicInteger();
    Report report =
        verify(
            MutantBackend.forward(
                (spec, t) -> {
                  HostTensor y = host(t.y());
                  double shift = Math.ulp((float) y.get(0)) * calls.incrementAndGet();
                  y.set(0, y.get(0) + shift);
                }),
            ORDINARY);
    assertFound(report, "y on repetition");
  }

  @Test
  void run_exception_isAFailureAndNotTheEnd() {
    MutantBackend throwing =
        MutantBackend.forward(
            (spec, t) -> {
              if (spec.mode() == Mode.TRAINING) {
                throw new IllegalStateException("out of luck");
              }
            });
    Case inference = Case.of(BatchNormSpec.builder(SHAPE).mode(Mode.INFERENCE).build());
    Report report = verify(throwing, ORDINARY, inference);
    assertFound(report, "all");
    assertThat(report.failures().get(0).reason()).contains("out of luck");
    assertThat(report.rows()).anyMatch(row -> row.verdict() == Verdict.OK);
  }

  @Test
  void run_refusal_isARowWithItsReason() {
    MutantBackend narrow =
        MutantBackend.refusing(
            spec -> spec.mode() == Mode.FROZEN ? Support.no("no FROZEN here") : Support.yes());
    Case frozen = Case.of(BatchNormSpec.builder(SHAPE).mode(Mode.FROZEN).build());
    Report report = verify(narrow, frozen, ORDINARY);
    assertThat(report.holds()).isTrue();
    Row refused = report.rows().get(0);
    assertThat(refused.verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(refused.reason()).isEqualTo("no FROZEN here");
    assertThat(report.computed(MutantBackend.NAME)).isEqualTo(report.rows().size() - 1L);
  }

  @Test
  void run_unavailableBackend_isOneRow() {
    Report report = verify(MutantBackend.refusing(spec -> Support.no("no device")), ORDINARY);
    assertThat(report.rows()).singleElement().extracting(Row::reason).isEqualTo("no device");
    assertThat(report.computed(MutantBackend.NAME)).isZero();
  }

  @Test
  void summary_groups_showTheirWorst() {
    Report report =
        verify(
            MutantBackend.forward((spec, t) -> host(t.y()).set(0, 1e6)),
            ORDINARY,
            Case.of(BatchNormSpec.builder(SHAPE).dataType(DataType.F64).build()));
    assertThat(report.summary()).hasSize(2);
    Report.Summary first = report.summary().get(0);
    assertThat(first.worst().what()).isEqualTo("y");
    assertThat(first.worst().group()).isEqualTo("TRAINING f32 nchw");
    assertThat(first.failed()).isEqualTo(1);
    assertThat(first.ok()).isEqualTo(report.rows().size() / 2 - 1L);
  }

  @Test
  void run_progress_countsEveryStep() {
    List<String> seen = new ArrayList<>();
    new Verifier(List.of(new ReferenceBackend()), PlanOptions.DEFAULT)
        .run(List.of(ORDINARY, ORDINARY), (done, total, next) -> seen.add(done + "/" + total));
    assertThat(seen).containsExactly("0/2", "1/2", "2/2");
  }

  @Test
  void suites_names_areDistinct() {
    for (Suite suite : Suite.values()) {
      List<String> names = suite.cases().stream().map(Case::name).toList();
      assertThat(names).doesNotHaveDuplicates();
    }
  }
}
