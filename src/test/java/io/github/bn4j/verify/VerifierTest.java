package io.github.bn4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerifierTest {
  @Test
  void run_reference_agreesWithItself() {
    Verifier verifier = new Verifier(List.of(new ReferenceBackend()), PlanOptions.DEFAULT);
    Report report = verifier.run(Cases.hard(), Progress.NONE);
    assertThat(report.failures()).isEmpty();
  }
}
