package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.PoolSpec;
import io.github.bn4j.train.engine.Step;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Maximum pooling; remembers where each maximum was. */
final class PoolStep implements Step {
  private final WorkerPool pool;
  private final int height;
  private final int width;
  private final int outHeight;
  private final int outWidth;
  private final int kernel;
  private final int stride;
  private final Floats x;
  private final Floats y;
  private final @Nullable Floats dy;
  private final @Nullable Floats dx;
  private final Partition planes;

  /** Index within its plane of each window's maximum. */
  private final int[] winners;

  private final WorkerPool.Job forward = this::forwardPart;
  private final WorkerPool.Job backward = this::backwardPart;

  PoolStep(WorkerPool pool, PoolSpec spec, Flow flow) {
    this.pool = pool;
    long[] in = spec.input().sizes();
    long[] out = spec.output().sizes();
    this.height = Math.toIntExact(in[2]);
    this.width = Math.toIntExact(in[3]);
    this.outHeight = Math.toIntExact(out[2]);
    this.outWidth = Math.toIntExact(out[3]);
    this.kernel = spec.kernel();
    this.stride = spec.stride();
    this.x = Floats.of("x", flow.x(), spec.input().elements());
    this.y = Floats.of("y", flow.y(), spec.output().elements());
    this.dy = Floats.ofNullable("dy", flow.dy(), y.length());
    this.dx = Floats.ofNullable("dx", flow.dx(), x.length());
    this.planes = new Partition(Math.toIntExact(in[0] * in[1]), pool.threads());
    this.winners = new int[y.length()];
  }

  @Override
  public void forward() {
    pool.run(forward, planes.parts(), x.length());
  }

  private void forwardPart(int worker, int part) {
    float[] values = x.array();
    for (int plane = planes.begin(part); plane < planes.end(part); plane++) {
      int from = x.at() + plane * height * width;
      int out = plane * outHeight * outWidth;
      for (int oy = 0; oy < outHeight; oy++) {
        for (int ox = 0; ox < outWidth; ox++, out++) {
          int winner = winner(values, from, oy * stride * width + ox * stride);
          winners[out] = winner;
          y.array()[y.at() + out] = values[from + winner];
        }
      }
    }
  }

  /** The first maximum of a window in row order; a NaN is one. */
  private int winner(float[] values, int from, int corner) {
    int winner = corner;
    float best = values[from + corner];
    for (int ky = 0; ky < kernel; ky++) {
      int row = corner + ky * width;
      for (int at = row; at < row + kernel; at++) {
        float value = values[from + at];
        if (value > best || (Float.isNaN(value) && !Float.isNaN(best))) {
          best = value;
          winner = at;
        }
      }
    }
    return winner;
  }

  @Override
  public void backward() {
    if (dy == null) {
      throw new UnsupportedOperationException("backward: expected a step made with dy, got none");
    }
    pool.run(backward, planes.parts(), x.length());
  }

  private void backwardPart(int worker, int part) {
    if (dx == null || dy == null) {
      return;
    }
    float[] gradients = dx.array();
    int size = height * width;
    int outs = outHeight * outWidth;
    int begin = dx.at() + planes.begin(part) * size;
    Arrays.fill(gradients, begin, dx.at() + planes.end(part) * size, 0);
    for (int plane = planes.begin(part); plane < planes.end(part); plane++) {
      int to = dx.at() + plane * size;
      for (int i = plane * outs; i < (plane + 1) * outs; i++) {
        gradients[to + winners[i]] += dy.array()[dy.at() + i];
      }
    }
  }

  @Override
  public void close() {
    // Garbage collected.
  }
}
