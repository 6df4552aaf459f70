package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.train.engine.Step;

/** A step that treats elements on their own, in one part per thread where there are enough. */
abstract class ElementStep implements Step {
  /** Elements worth waking a thread for. */
  private static final int LEAST_PER_PART = 1 << 14;

  private final WorkerPool pool;
  private final Partition parts;
  private final WorkerPool.Job forward;
  private final WorkerPool.Job backward;

  ElementStep(WorkerPool pool, int elements) {
    this.pool = pool;
    this.parts =
        new Partition(elements, Math.max(1, Math.min(pool.threads(), elements / LEAST_PER_PART)));
    this.forward = (worker, part) -> forward(parts.begin(part), parts.end(part));
    this.backward = (worker, part) -> backward(parts.begin(part), parts.end(part));
  }

  /** The elements from (inclusive) to end (exclusive). */
  abstract void forward(int from, int end);

  /** The elements from (inclusive) to end (exclusive). */
  abstract void backward(int from, int end);

  @Override
  public final void forward() {
    pool.run(forward, parts.parts(), parts.total());
  }

  @Override
  public final void backward() {
    pool.run(backward, parts.parts(), parts.total());
  }

  @Override
  public final void close() {
    // Garbage collected.
  }
}
