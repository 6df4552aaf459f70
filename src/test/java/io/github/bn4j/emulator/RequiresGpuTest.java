package io.github.bn4j.emulator;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.Support;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

final class RequiresGpuTest {
  private static final Support NO_DRIVER = Support.no("cuda: no driver");

  @Test
  void decide_withoutAGpu_skipsWithTheReason() {
    assertThatThrownBy(() -> RequiresGpuExtension.decide(NO_DRIVER, ""))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("cuda: no driver");
  }

  @Test
  void decide_withoutAGpuThatIsRequired_fails() {
    assertThatThrownBy(() -> RequiresGpuExtension.decide(NO_DRIVER, "require"))
        .isInstanceOf(AssertionFailedError.class)
        .hasMessageContaining("cuda: no driver");
  }

  @Test
  void decide_withAGpu_runs() {
    assertThatCode(() -> RequiresGpuExtension.decide(Support.yes(), "require"))
        .doesNotThrowAnyException();
  }
}
