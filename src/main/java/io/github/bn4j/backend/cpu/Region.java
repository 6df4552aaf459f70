package io.github.bn4j.backend.cpu;

/**
 * A rectangle of a tensor: rows of contiguous elements at a constant distance. Reused, so that
 * walking a tensor allocates nothing.
 */
final class Region {
  private long index;
  private long stride;
  private int rows;
  private int length;

  /**
   * Sets the rectangle.
   *
   * @param index first element
   * @param stride elements from one row's start to the next
   */
  void set(long index, long stride, int rows, int length) {
    this.index = index;
    this.stride = stride;
    this.rows = rows;
    this.length = length;
  }

  long index() {
    return index;
  }

  long stride() {
    return stride;
  }

  int rows() {
    return rows;
  }

  int length() {
    return length;
  }

  int elements() {
    return rows * length;
  }

  /** First element of a row. */
  long row(int r) {
    return index + r * stride;
  }

  /** True if the rows follow each other without a gap. */
  boolean isContiguous() {
    return rows == 1 || stride == length;
  }
}
