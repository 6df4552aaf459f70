package io.github.bn4j.backend;

/**
 * The suite of laws; a backend's test extends it, gives the backend, and inherits the tests.
 *
 * <p>All tensors are made by the backend's own {@link Memory}, and all cases are small, so that an
 * emulated device runs them in seconds. A law about something that the backend refuses is skipped
 * with the reason of the refusal.
 */
public abstract class BackendContract
    implements AgreementLaws, DegenerateLaws, RunningLaws, MemoryLaws, PlanLaws, MistakeLaws {
  @Override
  public PlanOptions options() {
    return PlanOptions.DEFAULT;
  }
}
