package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.train.engine.DropoutSpec;
import io.github.bn4j.train.engine.Flow;
import org.jspecify.annotations.Nullable;

/** Dropout; which elements are kept is computed again for the backward pass. */
final class DropoutStep extends ElementStep {
  private final DropoutSpec spec;
  private final HostTensor clock;
  private final Floats x;
  private final Floats y;
  private final @Nullable Floats dy;
  private final @Nullable Floats dx;
  private final ThreadLocal<Philox> philox = ThreadLocal.withInitial(Philox::new);

  DropoutStep(WorkerPool pool, DropoutSpec spec, HostTensor clock, Flow flow) {
    super(pool, Math.toIntExact(flow.x().elements()));
    this.spec = spec;
    this.clock = clock;
    this.x = Floats.of("x", flow.x(), flow.x().elements());
    this.y = Floats.of("y", flow.y(), x.length());
    this.dy = Floats.ofNullable("dy", flow.dy(), x.length());
    this.dx = Floats.ofNullable("dx", flow.dx(), x.length());
  }

  @Override
  void forward(int from, int end) {
    apply(x, y, from, end);
  }

  @Override
  void backward(int from, int end) {
    if (dy == null || dx == null) {
      throw new UnsupportedOperationException(
          "backward: expected a step made with dy and dx, got one without");
    }
    apply(dy, dx, from, end);
  }

  private void apply(Floats in, Floats out, int from, int end) {
    Philox random = philox.get();
    int now = (int) clock.getLong(0);
    long threshold = spec.threshold();
    float scale = spec.scale();
    for (int i = from; i < end; i++) {
      if (i == from || i % 4 == 0) {
        random.generate(i / 4, 0, spec.layer(), now, spec.seed());
      }
      boolean kept = Integer.toUnsignedLong(random.word(i % 4)) >= threshold;
      out.array()[out.at() + i] = kept ? in.array()[in.at() + i] * scale : 0;
    }
  }
}
