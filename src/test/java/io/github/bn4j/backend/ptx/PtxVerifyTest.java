package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.Cases;
import io.github.bn4j.verify.Progress;
import io.github.bn4j.verify.Report;
import io.github.bn4j.verify.Suite;
import io.github.bn4j.verify.Verifier;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What {@code bn4j verify --backend ptx} runs beyond the laws, on the emulated device. */
@EmulatedCuda(multiprocessors = 8)
final class PtxVerifyTest {
  @Test
  void moreShapes_everyModeTypeAndLayout_isWithinBounds() {
    assertAgreement(Cases.plain(Cases.moreShapes()));
  }

  /** With tensors of a million elements; minutes on an interpreter. */
  @Test
  @EnabledIfSystemProperty(
      named = "bn4j.suite",
      matches = "full",
      disabledReason = "takes minutes; run it with -Dtest.jvm.extra=-Dbn4j.suite=full")
  void fullSuite_everyCase_isWithinBounds() {
    assertAgreement(Suite.FULL.cases());
  }

  private static void assertAgreement(List<Case> cases) {
    // The laws run the same kernels with all of the device's checks; here the sizes count.
    EmulatedDriver.execution(0, 0, false, 0);
    Report report =
        new Verifier(List.of(new PtxBackend()), PlanOptions.DEFAULT).run(cases, Progress.NONE);
    assertThat(report.failures()).isEmpty();
    assertThat(report.computed(PtxBackend.NAME)).isGreaterThanOrEqualTo(cases.size());
  }
}
