package io.github.bn4j.train;

import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.network.Architecture;

/**
 * What one run of training is; with the data set it decides every bit of the result on one backend
 * and number of threads.
 *
 * @param architecture the network
 * @param optimizer how parameters follow their gradients
 * @param epochs passes over the data
 * @param batchSize images per update; if there are fewer images, all of them
 * @param seed of the parameters, the order of the images and dropout
 * @param frozen true if batch normalization uses its running statistics as constants
 */
public record TrainingSpec(
    Architecture architecture,
    OptimizerSpec optimizer,
    int epochs,
    int batchSize,
    long seed,
    boolean frozen) {
  /** Checks the ranges. */
  public TrainingSpec {
    if (epochs < 0) {
      throw new IllegalArgumentException("epochs: expected at least 0, got " + epochs);
    }
    if (batchSize < 2) {
      throw new IllegalArgumentException(
          "batch size: expected at least 2, since one value has no variance, got " + batchSize);
    }
  }
}
