package io.github.bn4j.train;

import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.train.data.Batches;
import io.github.bn4j.train.data.LabelledImages;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.network.Architecture;
import io.github.bn4j.train.network.Network;

/** Tests a network on images, with the running statistics. */
public final class Evaluation implements AutoCloseable {
  /** Images at a time: enough to be fast, few enough for a small memory. */
  private static final int BATCH = 250;

  private final Batches batches;
  private final StepCache steps;

  /**
   * What it came to.
   *
   * @param images how many there were
   * @param loss mean over the images
   * @param accuracy share of right answers
   */
  public record Result(int images, double loss, double accuracy) {}

  /** Prepares the network for the images. */
  public Evaluation(Network network, Engine engine, LabelledImages images) {
    Batches.Form form = form(network.architecture());
    this.batches = new Batches(images, form);
    this.steps = new StepCache(network, engine.memory(), form, Mode.INFERENCE);
  }

  static Batches.Form form(Architecture architecture) {
    return new Batches.Form(architecture.size(), architecture.rowsFirst());
  }

  /** Runs over all images. */
  public Result run() {
    steps.setTotals(HostTensor.of(0.0, 0.0));
    for (int b = 0; b < batches.batches(BATCH); b++) {
      StepCache.Prepared prepared = steps.of(batches.length(b, BATCH));
      prepared.fill(batches, b, BATCH);
      prepared.execution().forward();
    }
    double[] totals = steps.totals();
    int count = batches.count();
    return new Result(count, totals[0] / count, totals[1] / count);
  }

  @Override
  public void close() {
    steps.close();
  }
}
