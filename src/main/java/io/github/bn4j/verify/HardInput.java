package io.github.bn4j.verify;

import java.util.Locale;

/** Kinds of values of x, most of them chosen to break a careless implementation. */
public enum HardInput {
  /** Each channel has its own mean within 2 and standard deviation between 0.5 and 2. */
  ORDINARY,
  /** Mean 10000, standard deviation 1: E[x^2] - E[x]^2 loses every digit of the variance. */
  MEAN_1E4,
  /** Mean 1, standard deviation 1e-4: the variance is far below epsilon. */
  TINY_VARIANCE,
  /** Standard deviation 10000: squares overflow binary16. */
  WIDE,
  /** Every third channel from the first is constant; its output is exactly beta. */
  CONSTANT_CHANNEL,
  /** One NaN, in the middle channel; the others must not notice. */
  NAN_CHANNEL,
  /** One infinity, in the middle channel; the others must not notice. */
  INFINITE_CHANNEL,
  /**
   * Small integers, whose mean and variance every algorithm finds without rounding if a channel has
   * two values: what is left is the rounding of the running statistics.
   */
  EXACT;

  /** The name in reports: {@code mean 1e4}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Mean about which a channel's values lie, for running statistics that fit them. */
  double centre(Noise noise) {
    return switch (this) {
      case MEAN_1E4 -> 1e4;
      case TINY_VARIANCE -> 1;
      case WIDE -> 0;
      case EXACT -> Math.rint(noise.between(-8, 8));
      default -> noise.between(-2, 2);
    };
  }

  /** Standard deviation of a channel's values. */
  double spread(Noise noise) {
    return switch (this) {
      case MEAN_1E4 -> 1;
      case TINY_VARIANCE -> 1e-4;
      case WIDE -> 1e4;
      case EXACT -> Math.rint(noise.between(1, 4));
      default -> noise.between(0.5, 2);
    };
  }

  /** One value of a channel that lies about a centre. */
  double value(Position p, double centre, double spread, Noise noise) {
    double ordinary = centre + spread * noise.unit();
    boolean middle = p.c() == p.channels() / 2 && p.i() == p.m() / 2;
    return switch (this) {
      case CONSTANT_CHANNEL -> p.c() % 3 == 0 ? centre : ordinary;
      case NAN_CHANNEL -> middle ? Double.NaN : ordinary;
      case INFINITE_CHANNEL -> middle ? Double.POSITIVE_INFINITY : ordinary;
      case EXACT -> p.i() % 2 == 0 ? centre - spread : centre + spread;
      default -> ordinary;
    };
  }

  /**
   * Where a value stands.
   *
   * @param c channel
   * @param channels number of channels
   * @param i number of the value within its channel
   * @param m values per channel
   */
  record Position(long c, long channels, long i, long m) {}
}
