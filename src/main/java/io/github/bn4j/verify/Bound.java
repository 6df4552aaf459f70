package io.github.bn4j.verify;

import io.github.bn4j.op.DataType;

/** The largest error that is allowed at an element of a result. */
@FunctionalInterface
public interface Bound {
  /** Equality. */
  Bound EXACT = (index, expected) -> 0;

  /**
   * The bound at one element, an absolute error.
   *
   * @param index of the element, in memory order
   * @param expected its finite reference value
   */
  double at(long index, double expected);

  /** {@code absolute + relative * |expected|} everywhere. */
  static Bound of(double absolute, double relative) {
    return (index, expected) -> absolute + relative * Math.abs(expected);
  }

  /** So many units in the last place of a type. */
  static Bound ulps(double count, DataType type) {
    return (index, expected) ->
        count * (type == DataType.F64 ? Math.ulp(expected) : Math.ulp((float) expected));
  }
}
