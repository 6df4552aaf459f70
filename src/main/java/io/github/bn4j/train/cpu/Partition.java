package io.github.bn4j.train.cpu;

/**
 * A range of numbers cut into parts of nearly equal size.
 *
 * @param total the numbers 0 .. total - 1
 * @param parts how many parts
 */
record Partition(int total, int parts) {
  /** For a job that was cut into parts because each is worth waking a thread. */
  static final long WORTH_WAKING = Long.MAX_VALUE;

  int begin(int part) {
    return (int) ((long) total * part / parts);
  }

  int end(int part) {
    return begin(part + 1);
  }
}
