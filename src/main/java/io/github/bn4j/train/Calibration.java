package io.github.bn4j.train;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.Moments;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.op.VarianceKind;
import io.github.bn4j.train.data.Batches;
import io.github.bn4j.train.data.LabelledImages;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.network.Execution;
import io.github.bn4j.train.network.Network;
import java.util.List;
import java.util.Objects;

/**
 * Sets the running statistics of a network to the moments over a whole set of images: mean, and
 * variance with m - 1.
 *
 * <p>Training leaves running averages, which lag behind the parameters and are noisy. Here the
 * batch normalizations are taken in order, each with those before it done, and the moments of what
 * it normalizes are merged over all batches ({@link Moments}), in double. So they are those of the
 * network as it is then used, whatever the batch size. Costs one pass over the images per batch
 * normalization.
 */
public final class Calibration implements AutoCloseable {
  /** Images at a time; of no influence on the result but for rounding. */
  private static final int BATCH = 250;

  private final Network network;
  private final Memory memory;
  private final Batches batches;
  private final StepCache steps;

  /** Hears how far it is. */
  public interface Progress {
    /** So many passes over the images of so many are done; the next is for this one. */
    void at(int done, int of, String next);
  }

  /** Prepares the network for the images. */
  public Calibration(Network network, Engine engine, LabelledImages images) {
    this.network = network;
    this.memory = engine.memory();
    Batches.Form form = Evaluation.form(network.architecture());
    this.batches = new Batches(images, form);
    this.steps = new StepCache(network, memory, form, Mode.INFERENCE);
  }

  /** Recalibrates all batch normalizations. */
  public void run(Progress progress) {
    List<String> names = List.copyOf(network.norms().keySet());
    for (int i = 0; i < names.size(); i++) {
      progress.at(i, names.size(), names.get(i));
      set(names.get(i), moments(i));
    }
  }

  private Moments moments(int index) {
    Moments moments = null;
    for (int b = 0; b < batches.batches(BATCH); b++) {
      StepCache.Prepared prepared = steps.of(batches.length(b, BATCH));
      prepared.fill(batches, b, BATCH);
      Execution execution = prepared.execution();
      execution.forward();
      Execution.NormInput input = execution.normInputs().get(index);
      if (moments == null) {
        moments = new Moments(Math.toIntExact(input.shape().channels()));
      }
      merge(memory.toHost(input.x()).toDoubles(), input.shape(), moments);
    }
    return Objects.requireNonNull(moments);
  }

  /** Two passes per channel: mean, then squared deviations. */
  private static void merge(double[] x, TensorShape shape, Moments into) {
    int channels = into.channels();
    int spatial = Math.toIntExact(shape.spatialSize());
    int batch = Math.toIntExact(shape.batch());
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int n = 0; n < batch; n++) {
        int from = (n * channels + c) * spatial;
        for (int i = from; i < from + spatial; i++) {
          sum += x[i];
        }
      }
      double mean = sum / ((double) batch * spatial);
      double m2 = 0;
      for (int n = 0; n < batch; n++) {
        int from = (n * channels + c) * spatial;
        for (int i = from; i < from + spatial; i++) {
          m2 += (x[i] - mean) * (x[i] - mean);
        }
      }
      into.merge(c, (long) batch * spatial, mean, m2);
    }
  }

  private void set(String name, Moments moments) {
    RunningStatistics running =
        Objects.requireNonNull(Objects.requireNonNull(network.norms().get(name)).running());
    HostTensor mean = HostTensor.allocate(DataType.F32, moments.channels());
    HostTensor variance = HostTensor.allocate(DataType.F32, moments.channels());
    for (int c = 0; c < moments.channels(); c++) {
      mean.set(c, moments.mean(c));
      variance.set(c, moments.variance(c, VarianceKind.UNBIASED));
    }
    memory.write(running.mean(), mean);
    memory.write(running.variance(), variance);
  }

  @Override
  public void close() {
    steps.close();
  }
}
