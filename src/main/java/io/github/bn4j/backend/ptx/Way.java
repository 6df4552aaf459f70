package io.github.bn4j.backend.ptx;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a pass over batch statistics is to be done: in a tier, and of its cut what is not left to the
 * rule. Its text is a word for each: {@code cluster x4 t256 g16}.
 *
 * @param splits {@code x}: blocks that share a group of channels; 0 for the rule
 * @param threads {@code t}: most threads of a block; 0 for the rule
 * @param group {@code g}: channels of a group; 0 for the rule
 */
public record Way(Tier tier, int splits, int threads, int group) {
  private static final Pattern TEXT =
      Pattern.compile("([a-z-]+)(?: x(\\d{1,6}))?(?: t(\\d{1,4}))?(?: g(\\d{1,6}))?");

  /** A tier, cut by rule. */
  public static Way of(Tier tier) {
    return new Way(tier, 0, 0, 0);
  }

  /**
   * Reads a {@link #label}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Way of(String label) {
    Matcher words = TEXT.matcher(label);
    if (!words.matches()) {
      throw new IllegalArgumentException(
          "way: expected a tier, and of xBLOCKS tTHREADS gCHANNELS what is not left to the rule, in"
              + " this order, got \""
              + label
              + "\"");
    }
    return new Way(
        Tier.of(words.group(1)),
        number(words.group(2)),
        number(words.group(3)),
        number(words.group(4)));
  }

  private static int number(String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  /** {@code block}, {@code cluster x4}, {@code cluster x4 t256 g16}. */
  public String label() {
    return tier.label() + word(" x", splits) + word(" t", threads) + word(" g", group);
  }

  private static String word(String letter, int number) {
    return number == 0 ? "" : letter + number;
  }

  Way withSplits(long blocks) {
    return new Way(tier, Math.toIntExact(blocks), threads, group);
  }

  Way withThreads(int most) {
    return new Way(tier, splits, most, group);
  }

  Way withGroup(long channels) {
    return new Way(tier, splits, threads, Math.toIntExact(channels));
  }
}
