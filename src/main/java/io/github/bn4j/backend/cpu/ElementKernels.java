package io.github.bn4j.backend.cpu;

/**
 * The inner loops that treat every element alike. Tiles of one call have the same rows and length;
 * results may overwrite an operand.
 *
 * <p>A mask's row has {@link #maskBytes} bytes; element i's bit is bit {@code i % 8} of byte {@code
 * i / 8}, and 1 where the gradient passes.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public interface ElementKernels<A> {
  /** Elements whose mask is written together: 2 bytes. */
  int MASK_GROUP = 16;

  /** Bytes of the mask of a row: whole groups, so that threads never share a byte. */
  static int maskBytes(int length) {
    return (length + MASK_GROUP - 1) / MASK_GROUP * (MASK_GROUP / Byte.SIZE);
  }

  /** The same for a row of any length. */
  static long maskBytes(long length) {
    return (length + MASK_GROUP - 1) / MASK_GROUP * (MASK_GROUP / Byte.SIZE);
  }

  /** {@code out = a + b}. */
  void add(Tile<A> a, Tile<A> b, Tile<A> out);

  /** {@code z = z <= 0 ? 0 : z}. */
  void relu(Tile<A> z);

  /** The same, leaving the mask of {@code !(z <= 0)}. */
  void reluMask(Tile<A> z, Tile<byte[]> mask);

  /** {@code dz = z <= 0 ? 0 : dy}. */
  void gate(Tile<A> dy, Tile<A> z, Tile<A> dz);

  /** {@code dz = mask ? dy : 0}. */
  void gateByMask(Tile<A> dy, Tile<byte[]> mask, Tile<A> dz);

  /** {@code out = a}. */
  default void copy(Tile<A> a, Tile<A> out) {
    for (int r = 0; r < a.rows(); r++) {
      int from = a.offset() + r * a.stride();
      int to = out.offset() + r * out.stride();
      System.arraycopy(a.array(), from, out.array(), to, a.length());
    }
  }
}
