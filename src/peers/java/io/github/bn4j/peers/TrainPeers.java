package io.github.bn4j.peers;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.train.EpochResult;
import io.github.bn4j.train.Engines;
import io.github.bn4j.train.Training;
import io.github.bn4j.train.TrainingListener;
import io.github.bn4j.train.TrainingSpec;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.data.DataSets;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.network.Architectures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch;

/**
 * Images per second of training cnn with batches of 64: ours and PyTorch's in turn, in one process.
 */
public final class TrainPeers {
  private static final int BATCH = 64;
  private static final int STEPS = 78;

  /** Rounds before those that count: both compile or choose their code. */
  private static final int WARM_UP = 3;

  /** Lets the other's threads, which spin for some milliseconds after a call, go to sleep. */
  private static final int PAUSE_MILLIS = 200;

  private TrainPeers() {}

  /** Arguments: threads, rounds; both optional. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 9;
    torch.set_num_threads(threads);
    DataSet data = DataSets.open(DataSets.EMBEDDED, Path.of(".")).limited(BATCH * STEPS);
    TrainingSpec spec =
        new TrainingSpec(
            Architectures.of("cnn", 28, true), OptimizerSpec.Adam.of(1e-3), Integer.MAX_VALUE, BATCH,
            1, false);
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    try (Engine engine = Engines.choose("cpu").open(PlanOptions.DEFAULT.withThreads(threads));
        Training training = new Training(spec, data, engine, "cpu")) {
      TorchCnn peer = new TorchCnn(BATCH);
      for (int round = -WARM_UP; round < rounds; round++) {
        training.runEpoch(quiet());
        double rate = training.results().get(training.results().size() - 1).imagesPerSecond();
        Thread.sleep(PAUSE_MILLIS);
        peer.step();
        long start = System.nanoTime();
        for (int step = 0; step < STEPS; step++) {
          peer.step();
        }
        double peerRate = BATCH * STEPS / ((System.nanoTime() - start) / 1e9);
        Thread.sleep(PAUSE_MILLIS);
        if (round >= 0) {
          ours[round] = rate;
          theirs[round] = peerRate;
        }
      }
      System.out.printf(
          Locale.ROOT,
          "cnn, batch 64, %d threads, medians of %d rounds of %d steps: %s %.0f images/s, PyTorch %.0f,"
              + " ratio %.2f%n",
          threads,
          rounds,
          STEPS,
          engine.name(),
          median(ours),
          median(theirs),
          median(ours) / median(theirs));
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static TrainingListener quiet() {
    return new TrainingListener() {
      @Override
      public void progress(Progress progress) {}

      @Override
      public void epoch(EpochResult result) {}
    };
  }
}
