package io.github.bn4j.train.cpu;

import dev.ludovic.netlib.blas.BLAS;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The product of matrices by a BLAS: the system's where it has one that netlib finds ({@code
 * libblas.so.3}, as of Debian's {@code libopenblas0}), else netlib's own on the Vector API.
 */
final class Gemm {
  /** Kept, since loggers that nobody holds forget their level. */
  private static final Logger NETLIB_LOG = Logger.getLogger("dev.ludovic.netlib.blas");

  static {
    // It warns on standard error where the system has no BLAS, which is nothing to worry about.
    NETLIB_LOG.setLevel(Level.OFF);
  }

  private static final BLAS BLAS_HERE = BLAS.getInstance();

  private Gemm() {}

  /** Who multiplies, for reports. */
  static String name() {
    return BLAS_HERE.getClass().getSimpleName();
  }

  /** {@code c = a * b}. */
  static void multiply(Matrix a, Matrix b, Matrix c) {
    multiply(a, b, c, 0);
  }

  /** {@code c = a * b + beta * c}. */
  static void multiply(Matrix a, Matrix b, Matrix c, float beta) {
    // A BLAS counts columns first and so sees the transposes: c' = b' * a'.
    BLAS_HERE.sgemm(
        b.order(),
        a.order(),
        c.columns,
        c.rows,
        a.columns,
        1,
        b.values(),
        b.at(),
        b.stride(),
        a.values(),
        a.at(),
        a.stride(),
        beta,
        c.values(),
        c.at(),
        c.stride());
  }
}
