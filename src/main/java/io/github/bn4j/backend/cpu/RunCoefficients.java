package io.github.bn4j.backend.cpu;

/**
 * The numbers of one channel that {@link RunKernels} work with.
 *
 * <pre>
 * z  = scale * (x - center) + shift
 * dx = scale * dz + slope * (x - center) + offset
 * </pre>
 */
public final class RunCoefficients {
  /** Subtracted from x: the mean, rounded to the accumulation type. */
  public double center;

  /** {@code gamma * invStd}. */
  public double scale;

  /** Beta, less what rounding took from the mean. */
  public double shift;

  /** {@code -gamma * invStd^2 * dGamma / m}. */
  public double slope;

  /** {@code -gamma * invStd * dBeta / m}. */
  public double offset;
}
