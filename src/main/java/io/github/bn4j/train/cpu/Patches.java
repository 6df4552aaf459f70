package io.github.bn4j.train.cpu;

import io.github.bn4j.train.engine.ConvolutionSpec;
import java.util.Arrays;

/**
 * The windows of an image as the columns of a matrix, whose rows are channel x kernel row x kernel
 * column ("im2col"), and back.
 */
final class Patches {
  private final int channels;
  private final int height;
  private final int width;
  private final int kernel;
  private final int stride;
  private final int padding;
  private final int outHeight;
  private final int outWidth;

  Patches(ConvolutionSpec spec) {
    long[] in = spec.input().sizes();
    long[] out = spec.output().sizes();
    this.channels = Math.toIntExact(in[1]);
    this.height = Math.toIntExact(in[2]);
    this.width = Math.toIntExact(in[3]);
    this.kernel = spec.kernel();
    this.stride = spec.stride();
    this.padding = spec.padding();
    this.outHeight = Math.toIntExact(out[2]);
    this.outWidth = Math.toIntExact(out[3]);
  }

  int rows() {
    return channels * kernel * kernel;
  }

  int imageElements() {
    return channels * height * width;
  }

  int windows() {
    return outHeight * outWidth;
  }

  /** First window of a row whose element in this kernel column lies inside the image. */
  private int first(int kernelColumn) {
    int outside = padding - kernelColumn;
    return outside <= 0 ? 0 : Math.min(outWidth, (outside + stride - 1) / stride);
  }

  /** One past the last such window. */
  private int end(int kernelColumn) {
    int last = width - 1 + padding - kernelColumn;
    return last < 0 ? 0 : Math.min(outWidth, last / stride + 1);
  }

  /**
   * Copies one image's windows.
   *
   * @param into the matrix; the image's first column is at {@code to}, its rows {@code rowStride}
   *     apart
   */
  void gather(float[] image, int from, float[] into, int to, int rowStride) {
    int row = to;
    for (int c = 0; c < channels; c++) {
      for (int ky = 0; ky < kernel; ky++) {
        for (int kx = 0; kx < kernel; kx++, row += rowStride) {
          int first = first(kx);
          int end = Math.max(first, end(kx));
          for (int oy = 0; oy < outHeight; oy++) {
            int y = oy * stride - padding + ky;
            int at = row + oy * outWidth;
            if (y < 0 || y >= height) {
              Arrays.fill(into, at, at + outWidth, 0);
              continue;
            }
            Arrays.fill(into, at, at + first, 0);
            Arrays.fill(into, at + end, at + outWidth, 0);
            int source = from + (c * height + y) * width + first * stride - padding + kx;
            copy(image, source, into, at + first, end - first);
          }
        }
      }
    }
  }

  private void copy(float[] from, int source, float[] into, int target, int count) {
    if (stride == 1) {
      System.arraycopy(from, source, into, target, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[target + i] = from[source + i * stride];
    }
  }

  /** Sets an image to the sums over the windows that each of its elements lies in. */
  void scatter(float[] from, int first, int rowStride, float[] image, int to) {
    Arrays.fill(image, to, to + imageElements(), 0);
    int row = first;
    for (int c = 0; c < channels; c++) {
      for (int ky = 0; ky < kernel; ky++) {
        for (int kx = 0; kx < kernel; kx++, row += rowStride) {
          int begin = first(kx);
          int end = end(kx);
          for (int oy = 0; oy < outHeight; oy++) {
            int y = oy * stride - padding + ky;
            if (y >= 0 && y < height) {
              int target = to + (c * height + y) * width + begin * stride - padding + kx;
              add(from, row + oy * outWidth + begin, image, target, end - begin);
            }
          }
        }
      }
    }
  }

  private void add(float[] from, int source, float[] into, int target, int count) {
    if (stride == 1) {
      for (int i = 0; i < count; i++) {
        into[target + i] += from[source + i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      into[target + i * stride] += from[source + i];
    }
  }
}
