package io.github.bn4j.train.cpu;

/** One thread's memory for a convolution: the windows and the outputs of a few images. */
final class ConvolutionWorkspace {
  /**
   * Elements of the matrix of windows that are worked on at once: half a MiB, which stays in a
   * core's second cache between the copy and the product.
   */
  private static final int COLUMN_ELEMENTS = 1 << 17;

  /** Images at a time. */
  final int group;

  final float[] columns;
  final float[] outs;
  private final Products[] products;

  ConvolutionWorkspace(Patches patches, int outputs, int mostImages) {
    int perImage = patches.rows() * patches.windows();
    this.group = Math.max(1, Math.min(mostImages, COLUMN_ELEMENTS / perImage));
    this.columns = new float[Math.multiplyExact(group, perImage)];
    this.outs = new float[Math.multiplyExact(group, outputs * patches.windows())];
    this.products = new Products[group];
    for (int count = 1; count <= group; count++) {
      products[count - 1] = new Products(patches.rows(), outputs, count * patches.windows());
    }
  }

  /** The products for so many images. */
  Products products(int images) {
    return products[images - 1];
  }

  /** The three products of a convolution, with the matrices' sizes. */
  final class Products {
    private final Matrix weight;
    private final Matrix weightTransposed;
    private final Matrix dWeight;
    private final Matrix windows;
    private final Matrix windowsTransposed;
    private final Matrix out;

    private Products(int rows, int outputs, int width) {
      this.weight = Matrix.of(outputs, rows, rows);
      this.weightTransposed = Matrix.transposeOf(rows, outputs, rows);
      this.dWeight = Matrix.of(outputs, rows, rows);
      this.windows = Matrix.of(rows, width, width).in(columns, 0);
      this.windowsTransposed = Matrix.transposeOf(width, rows, width).in(columns, 0);
      this.out = Matrix.of(outputs, width, width).in(outs, 0);
    }

    void forward(Floats w) {
      Gemm.multiply(weight.in(w.array(), w.at()), windows, out);
    }

    void filter(float[] sums) {
      Gemm.multiply(out, windowsTransposed, dWeight.in(sums, 0), 1);
    }

    void data(Floats w) {
      Gemm.multiply(weightTransposed.in(w.array(), w.at()), out, windows);
    }
  }
}
