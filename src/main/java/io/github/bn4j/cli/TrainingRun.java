package io.github.bn4j.cli;

import io.github.bn4j.train.EpochResult;
import io.github.bn4j.train.Training;
import io.github.bn4j.train.TrainingFiles;
import io.github.bn4j.train.TrainingListener;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Trains one network to its end, or until Ctrl-C: the run then ends after the step it is at and
 * writes its files before the process ends.
 */
final class TrainingRun {
  /** The longest that a step and the writing of the files take. */
  private static final int SECONDS_TO_STOP = 60;

  private final Training training;
  private final String data;
  private final @Nullable TrainingFiles files;

  /**
   * What became of it.
   *
   * @param norm {@code batch} or {@code none}
   * @param complete false if it was stopped
   */
  record Outcome(String norm, boolean complete, List<EpochResult> results) {}

  TrainingRun(Training training, String data, @Nullable TrainingFiles files) {
    this.training = training;
    this.data = data;
    this.files = files;
  }

  Outcome run(Bar bar) throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook = new Thread(() -> stop(ended), "bn4j-train-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      boolean stopped = false;
      while (!training.isDone() && !stopped) {
        stopped = !training.runEpoch(listener(bar));
        if (files != null) {
          files.write(training, data);
        }
      }
    } finally {
      ended.countDown();
      remove(hook);
    }
    String norm = training.network().architecture().isNormalized() ? "batch" : "none";
    return new Outcome(norm, training.isDone(), training.results());
  }

  private void stop(CountDownLatch ended) {
    training.requestStop();
    try {
      ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process ends already, which is why the run ended.
    }
  }

  private static TrainingListener listener(Bar bar) {
    return new TrainingListener() {
      @Override
      public void progress(Progress progress) {
        bar.at(
            progress.images(),
            progress.of(),
            String.format(
                Locale.ROOT,
                "loss %.3f %.1f %% %.0f/s",
                progress.loss(),
                100 * progress.accuracy(),
                progress.imagesPerSecond()));
      }

      @Override
      public void epoch(EpochResult result) {
        // The table at the end shows it.
      }
    };
  }
}
