package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.train.engine.Step;
import org.jspecify.annotations.Nullable;

/** A step that is one kernel of ours in each direction, or none backward. */
final class KernelStep implements Step {
  private final Session session;
  private final Launch forward;
  private final @Nullable Launch backward;
  private final boolean hasBackward;

  /**
   * @param backward null if there is nothing to compute
   * @param hasBackward false if it must not be asked for
   */
  KernelStep(Session session, Launch forward, @Nullable Launch backward, boolean hasBackward) {
    this.session = session;
    this.forward = forward;
    this.backward = backward;
    this.hasBackward = hasBackward;
  }

  /** What a step made for evaluation says when it is asked for gradients. */
  static UnsupportedOperationException forwardOnly() {
    return new UnsupportedOperationException(
        "backward: expected a step made with dy, got one for forward only; give its flow a dy");
  }

  @Override
  public void forward() {
    session.queue(forward);
  }

  @Override
  public void backward() {
    if (!hasBackward) {
      throw forwardOnly();
    }
    if (backward != null) {
      session.queue(backward);
    }
  }

  @Override
  public void close() {}
}
