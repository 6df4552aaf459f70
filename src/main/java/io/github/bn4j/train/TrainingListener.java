package io.github.bn4j.train;

/** Hears how a run goes on. */
public interface TrainingListener {
  /**
   * How far it is.
   *
   * @param images images done of all epochs
   * @param of images of all epochs
   * @param loss mean over the images of this epoch so far
   * @param accuracy share of right answers of this epoch so far
   * @param imagesPerSecond of this epoch so far
   */
  record Progress(long images, long of, double loss, double accuracy, double imagesPerSecond) {}

  /** Called a few times per second; waits for the device. */
  void progress(Progress progress);

  /** An epoch ended. */
  void epoch(EpochResult result);
}
