package io.github.bn4j.backend.cpu;

/**
 * The numbers of channels that {@link RunKernels} work with; the arrays are those of {@link
 * Channels}, one element per channel.
 *
 * <pre>
 * z  = scale * (x - center) + shift
 * dx = scale * dz + slope * (x - center) + offset
 * </pre>
 */
public final class RunCoefficients {
  /** Subtracted from x: the mean, rounded to the accumulation type. */
  public final double[] center;

  /** {@code gamma * invStd}. */
  public final double[] scale;

  /** Beta, less what rounding took from the mean. */
  public final double[] shift;

  /** {@code -gamma * invStd^2 * dGamma / m}. */
  public final double[] slope;

  /** {@code -gamma * invStd * dBeta / m}. */
  public final double[] offset;

  /** Sums of dz: slice by slice, one number per channel. */
  public final double[] first;

  /** Sums of {@code dz * (x - center)}, in the same order. */
  public final double[] second;

  /** Channel of a tile's first row. */
  public int channel;

  /** Index in first and second of that channel's sums. */
  public int sums;

  RunCoefficients(Channels channels) {
    center = channels.center;
    scale = channels.scale;
    shift = channels.shift;
    slope = channels.slope;
    offset = channels.offset;
    first = channels.first;
    second = channels.second;
  }

  /** True if float cannot hold the slope of one of some channels: invStd is 1e-19 or less there. */
  boolean hasFaintSlope(int from, int to) {
    for (int c = from; c < to; c++) {
      if (slope[c] != 0 && Math.abs(slope[c]) < Float.MIN_NORMAL) {
        return true;
      }
    }
    return false;
  }
}
