package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.op.Activation;
import io.github.bn4j.train.engine.DenseSpec;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Step;
import io.github.bn4j.train.engine.Weights;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A dense layer as products of matrices, cut so that no two threads write the same element: y and
 * dx by rows, dWeight by outputs.
 */
final class DenseStep implements Step {
  /** Multiplications that are worth waking a thread for: some 20 us. */
  private static final long LEAST_PER_PART = 1 << 19;

  private final WorkerPool pool;
  private final boolean relu;
  private final int batch;
  private final int outputs;
  private final float beta;
  private final LayerFloats tensors;
  private final Partition rows;
  private final Partition byOutput;
  private final RowPart[] rowParts;
  private final WeightPart[] weightParts;

  /** dy, outputs first: netlib's check of bounds refuses a part of a matrix's columns. */
  private final float[] dyTransposed;

  private final WorkerPool.Job forward = this::forwardPart;
  private final WorkerPool.Job backward = this::backwardPart;

  DenseStep(WorkerPool pool, DenseSpec spec, Weights w, Flow flow) {
    this.pool = pool;
    this.relu = spec.activation() == Activation.RELU;
    this.batch = Math.toIntExact(spec.batch());
    this.outputs = Math.toIntExact(spec.outputs());
    int inputs = Math.toIntExact(spec.inputs());
    this.beta = spec.accumulate() ? 1 : 0;
    LayerFloats.Sizes sizes =
        new LayerFloats.Sizes(
            spec.batch() * spec.inputs(),
            spec.batch() * spec.outputs(),
            spec.inputs() * spec.outputs(),
            spec.outputs());
    this.tensors = LayerFloats.of(sizes, w, flow);
    long worth = Math.max(1, spec.batch() * inputs * outputs / LEAST_PER_PART);
    int parts = (int) Math.min(pool.threads(), worth);
    this.rows = new Partition(batch, Math.min(parts, batch));
    this.byOutput = new Partition(outputs, Math.min(parts, outputs));
    this.dyTransposed = new float[flow.dy() == null ? 0 : outputs * batch];
    this.rowParts = new RowPart[rows.parts()];
    Arrays.setAll(rowParts, p -> new RowPart(rows.begin(p), rows.end(p), inputs));
    this.weightParts = new WeightPart[flow.dy() == null ? 0 : byOutput.parts()];
    Arrays.setAll(weightParts, p -> new WeightPart(byOutput.begin(p), byOutput.end(p), inputs));
  }

  @Override
  public void forward() {
    pool.run(forward, rowParts.length, Partition.WORTH_WAKING);
  }

  private void forwardPart(int worker, int part) {
    rowParts[part].forward();
  }

  @Override
  public void backward() {
    Floats dy = tensors.dy();
    if (dy == null) {
      throw new UnsupportedOperationException("backward: expected a step made with dy, got none");
    }
    float[] gradients = dy.array();
    float[] y = tensors.y().array();
    for (int row = 0; row < batch; row++) {
      for (int o = 0; o < outputs; o++) {
        int i = row * outputs + o;
        if (relu && y[tensors.y().at() + i] <= 0) {
          gradients[dy.at() + i] = 0;
        }
        dyTransposed[o * batch + row] = gradients[dy.at() + i];
      }
    }
    int dataParts = tensors.dx() == null ? 0 : rowParts.length;
    pool.run(backward, weightParts.length + dataParts, Partition.WORTH_WAKING);
  }

  private void backwardPart(int worker, int part) {
    if (part < weightParts.length) {
      weightParts[part].backward();
    } else {
      rowParts[part - weightParts.length].backward();
    }
  }

  /** Some rows of y and dx. */
  private final class RowPart {
    private final int begin;
    private final int end;
    private final Matrix x;
    private final Matrix weight;
    private final Matrix weightTransposed;
    private final Matrix y;
    private final @Nullable Matrix dy;
    private final @Nullable Matrix dx;

    private RowPart(int begin, int end, int inputs) {
      this.begin = begin;
      this.end = end;
      Floats w = tensors.weight();
      this.x = rows(tensors.x(), inputs);
      this.weight = Matrix.of(outputs, inputs, inputs).in(w.array(), w.at());
      this.weightTransposed = Matrix.transposeOf(inputs, outputs, inputs).in(w.array(), w.at());
      this.y = rows(tensors.y(), outputs);
      this.dy = tensors.dy() == null ? null : rows(tensors.dy(), outputs);
      this.dx = tensors.dx() == null ? null : rows(tensors.dx(), inputs);
    }

    private Matrix rows(Floats of, int columns) {
      return Matrix.of(end - begin, columns, columns).in(of.array(), of.at() + begin * columns);
    }

    private void forward() {
      Gemm.multiply(x, weightTransposed, y);
      Floats bias = tensors.bias();
      float[] values = tensors.y().array();
      for (int row = begin; row < end; row++) {
        int at = tensors.y().at() + row * outputs;
        for (int o = 0; o < outputs; o++) {
          float value = values[at + o] + (bias == null ? 0 : bias.array()[bias.at() + o]);
          values[at + o] = relu ? Math.max(value, 0) : value;
        }
      }
    }

    private void backward() {
      if (dy != null && dx != null) {
        Gemm.multiply(dy, weight, dx);
      }
    }
  }

  /** Some rows of dWeight, and their elements of dBias. */
  private final class WeightPart {
    private final int begin;
    private final int end;
    private final Matrix dy;
    private final Matrix x;
    private final Matrix dWeight;

    private WeightPart(int begin, int end, int inputs) {
      this.begin = begin;
      this.end = end;
      Floats dw = tensors.dWeight();
      this.dy = Matrix.of(end - begin, batch, batch).in(dyTransposed, begin * batch);
      this.x = Matrix.of(batch, inputs, inputs).in(tensors.x().array(), tensors.x().at());
      this.dWeight =
          Matrix.of(end - begin, inputs, inputs).in(dw.array(), dw.at() + begin * inputs);
    }

    private void backward() {
      Gemm.multiply(dy, x, dWeight, beta);
      Floats dBias = tensors.dBias();
      if (dBias == null) {
        return;
      }
      for (int o = begin; o < end; o++) {
        float sum = beta == 0 ? 0 : dBias.array()[dBias.at() + o];
        for (int row = 0; row < batch; row++) {
          sum += dyTransposed[o * batch + row];
        }
        dBias.array()[dBias.at() + o] = sum;
      }
    }
  }

  @Override
  public void close() {
    // Garbage collected.
  }
}
