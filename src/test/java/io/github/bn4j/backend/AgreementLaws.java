package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.Cases;
import io.github.bn4j.verify.Progress;
import io.github.bn4j.verify.Report;
import io.github.bn4j.verify.Verifier;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A backend agrees with the reference within the stated bounds, and with itself to the bit. */
public interface AgreementLaws extends Judged {
  @Test
  default void agreement_everyModeTypeLayoutAndShape_isWithinBounds() {
    assertAgreement(Cases.plain(Cases.smallShapes()));
  }

  @Test
  default void agreement_hostileValues_isWithinBounds() {
    assertAgreement(Cases.hard());
  }

  @Test
  default void agreement_residualAndActivation_isWithinBounds() {
    assertAgreement(Cases.fused());
  }

  @Test
  default void agreement_partsOfAffine_isWithinBounds() {
    assertAgreement(Cases.affine());
  }

  @Test
  default void agreement_inPlace_isWithinBounds() {
    assertAgreement(Cases.inPlace());
  }

  @Test
  default void agreement_conventionsAndPolicies_isWithinBounds() {
    assertAgreement(Cases.running());
  }

  /** Fails on any result beyond its bound, and if the backend refuses every case. */
  default void assertAgreement(List<Case> cases) {
    Report report = new Verifier(List.of(backend()), options()).run(cases, Progress.NONE);
    assertThat(report.failures()).isEmpty();
    assertThat(report.computed(backend().name())).isPositive();
  }
}
