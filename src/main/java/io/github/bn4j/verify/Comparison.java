package io.github.bn4j.verify;

import io.github.bn4j.op.HostTensor;
import java.nio.ByteBuffer;

/**
 * What came of comparing a result with its reference, element by element.
 *
 * <p>The worst element is the one with the largest error in proportion to its bound. Where the
 * reference is NaN the result has to be NaN, and where it is infinite the same infinity; everywhere
 * else NaN is an infinite error.
 *
 * @param worstError absolute error of the worst element; infinite where NaN or infinity disagree
 * @param bound what was allowed there
 * @param index of the worst element in memory order; -1 if there are no elements
 * @param failures number of elements beyond their bounds
 */
public record Comparison(double worstError, double bound, long index, long failures) {
  /** Bytes compared at a time; any multiple of 8 does. */
  private static final int CHUNK = 1 << 13;

  /** True if every element is within its bound. */
  public boolean holds() {
    return failures == 0;
  }

  /** {@code worstError / bound}, at most 1 if it holds; 0 for no error whatever the bound. */
  public double ratio() {
    return worstError == 0 ? 0 : worstError / bound;
  }

  /** Whether a result agrees with its reference. */
  public static boolean agrees(double expected, double got, double bound) {
    return expected == got
        || (Double.isNaN(expected) && Double.isNaN(got))
        || (Double.isFinite(expected) && Math.abs(expected - got) <= bound);
  }

  /**
   * Compares all elements.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public static Comparison of(HostTensor expected, HostTensor actual, Bound bound) {
    return compare(expected, actual, bound, false);
  }

  /**
   * Compares statistics of channels that may hold infinities. Their sums are infinite or NaN
   * depending on the order of additions, so where the reference is not finite any result that is
   * not finite agrees.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public static Comparison ofStatistics(HostTensor expected, HostTensor actual, Bound bound) {
    return compare(expected, actual, bound, true);
  }

  private static Comparison compare(
      HostTensor expected, HostTensor actual, Bound bound, boolean anyNonFinite) {
    checkLengths(expected, actual);
    Comparison worst = new Comparison(0, 0, -1, 0);
    long failures = 0;
    for (long i = 0; i < expected.elements(); i++) {
      double e = expected.get(i);
      double a = actual.get(i);
      Comparison here = at(i, e, a, bound, anyNonFinite);
      failures += here.failures;
      if (worst.index < 0 || here.isWorseThan(worst)) {
        worst = here;
      }
    }
    return new Comparison(worst.worstError, worst.bound, worst.index, failures);
  }

  private static Comparison at(long i, double e, double a, Bound bound, boolean anyNonFinite) {
    boolean finite = Double.isFinite(e);
    double allowed = finite ? bound.at(i, e) : 0;
    boolean agrees = agrees(e, a, allowed) || (anyNonFinite && !finite && !Double.isFinite(a));
    double error = Math.abs(e - a);
    if (!finite || Double.isNaN(a)) {
      error = agrees ? 0 : Double.POSITIVE_INFINITY;
    }
    return new Comparison(error, allowed, i, agrees ? 0 : 1);
  }

  /** A failure is worse than none; among equals the larger ratio is worse. */
  private boolean isWorseThan(Comparison other) {
    return failures != other.failures ? failures > other.failures : ratio() > other.ratio();
  }

  /**
   * Whether two tensors hold the same bits, but for NaN: its sign and payload depend on the order
   * of operands, which compilers choose, so that any NaN equals any other.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public static Comparison ofBits(HostTensor expected, HostTensor actual) {
    checkLengths(expected, actual);
    ByteBuffer a = ByteBuffer.allocate(CHUNK);
    ByteBuffer b = ByteBuffer.allocate(CHUNK);
    int size = expected.dataType().bytes();
    for (long at = 0; at < expected.bytes(); at += CHUNK) {
      int count = (int) Math.min(CHUNK, expected.bytes() - at);
      expected.readBytes(at, a.clear().limit(count));
      actual.readBytes(at, b.clear().limit(count));
      if (a.flip().equals(b.flip())) {
        continue;
      }
      for (long i = at / size; i < (at + count) / size; i++) {
        if (!sameBits(expected, actual, i)) {
          double error = Math.abs(expected.get(i) - actual.get(i));
          return new Comparison(Double.isNaN(error) ? Double.POSITIVE_INFINITY : error, 0, i, 1);
        }
      }
    }
    return new Comparison(0, 0, expected.elements() == 0 ? -1 : 0, 0);
  }

  private static boolean sameBits(HostTensor a, HostTensor b, long index) {
    return a.dataType().isFloatingPoint()
        ? Double.doubleToLongBits(a.get(index)) == Double.doubleToLongBits(b.get(index))
        : a.getLong(index) == b.getLong(index);
  }

  private static void checkLengths(HostTensor expected, HostTensor actual) {
    if (expected.elements() != actual.elements()) {
      throw new IllegalArgumentException(
          "comparison: expected "
              + expected.elements()
              + " elements as in the reference, got "
              + actual.elements());
    }
  }
}
