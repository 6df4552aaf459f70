package io.github.bn4j.train.cpu;

/**
 * A matrix in an array, row after row, or the transpose of one. Sizes are fixed; where it lies can
 * be changed, so that one object serves many calls.
 */
final class Matrix {
  final int rows;
  final int columns;
  private final boolean transposed;
  private final int stride;
  private float[] values = new float[0];
  private int at;

  private Matrix(int rows, int columns, int stride, boolean transposed) {
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
    this.transposed = transposed;
  }

  /** Rows that begin {@code stride} elements apart. */
  static Matrix of(int rows, int columns, int stride) {
    return new Matrix(rows, columns, stride, false);
  }

  /** The transpose of what lies in memory as {@code columns} rows, {@code stride} apart. */
  static Matrix transposeOf(int rows, int columns, int stride) {
    return new Matrix(rows, columns, stride, true);
  }

  Matrix in(float[] array, int offset) {
    this.values = array;
    this.at = offset;
    return this;
  }

  float[] values() {
    return values;
  }

  int at() {
    return at;
  }

  int stride() {
    return stride;
  }

  /** What a BLAS that counts columns first is told of this matrix. */
  String order() {
    return transposed ? "T" : "N";
  }
}
