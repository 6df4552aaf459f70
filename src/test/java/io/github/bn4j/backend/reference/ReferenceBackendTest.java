package io.github.bn4j.backend.reference;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;

/** The reference obeys the laws by which it judges. */
class ReferenceBackendTest extends BackendContract {
  private static final Backend BACKEND = new ReferenceBackend();

  @Override
  public Backend backend() {
    return BACKEND;
  }

  /** It is slow, and has no state that could change after the first call. */
  @Override
  public int calls() {
    return 500;
  }
}
