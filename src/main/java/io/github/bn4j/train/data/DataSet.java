package io.github.bn4j.train.data;

/**
 * Images to learn from, and others to test what was learned.
 *
 * @param name as on the command line
 */
public record DataSet(String name, LabelledImages train, LabelledImages test) {
  /** Classes of both data sets of this kind. */
  static final int CLASSES = 10;

  /** With at most so many images to learn from. */
  public DataSet limited(int most) {
    return new DataSet(name, train.first(most), test);
  }
}
