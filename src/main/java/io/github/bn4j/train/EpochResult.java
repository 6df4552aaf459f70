package io.github.bn4j.train;

/**
 * What one epoch came to.
 *
 * @param epoch its number, counting from 1
 * @param loss mean over the epoch's images, each before its batch's update
 * @param trainAccuracy share of right answers, likewise
 * @param testLoss mean over the test images after the epoch
 * @param testAccuracy share of right answers, likewise
 * @param seconds of training, without the test
 * @param imagesPerSecond trained on
 */
public record EpochResult(
    int epoch,
    double loss,
    double trainAccuracy,
    double testLoss,
    double testAccuracy,
    double seconds,
    double imagesPerSecond) {}
