package io.github.bn4j.train.data;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.SplittableRandom;

/**
 * Gives images out in batches, as floats from 0 to 1. Images are enlarged by the largest whole
 * factor that fits the size that is wanted, and padded with zeros around.
 *
 * <p>The order is that of the file, or a permutation that depends on nothing but a seed and the
 * epoch.
 */
public final class Batches {
  private static final float SCALE = 1 / 255f;

  private final LabelledImages source;
  private final Form form;
  private final int[] order;

  /**
   * How a batch is laid out.
   *
   * @param size height and width of the images that the network takes, at least the source's
   * @param rowsFirst true for row x image x column instead of image x row x column
   */
  public record Form(int size, boolean rowsFirst) {}

  /**
   * Batches in the order of the file.
   *
   * @throws IllegalArgumentException if the images are larger than the form
   */
  public Batches(LabelledImages source, Form form) {
    if (source.size() > form.size()) {
      throw new IllegalArgumentException(
          "size: expected images of at most %d x %d, got %d x %d"
              .formatted(form.size(), form.size(), source.size(), source.size()));
    }
    this.source = source;
    this.form = form;
    this.order = new int[source.count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
  }

  /** Takes another order: Fisher and Yates's shuffle of the file's. */
  public void shuffle(long seed, int epoch) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + epoch);
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
  }

  /** Number of images. */
  public int count() {
    return order.length;
  }

  /** Number of batches of a size, the last of which may be short. */
  public int batches(int batchSize) {
    return (order.length + batchSize - 1) / batchSize;
  }

  /** Number of images in a batch. */
  public int length(int batch, int batchSize) {
    return Math.min(batchSize, order.length - batch * batchSize);
  }

  /** Where a batch is put; on the host, for the caller to copy. */
  @SuppressWarnings("ArrayRecordComponent") // Scratch memory; never compared.
  public record Buffers(HostTensor images, HostTensor labels, float[] row) {
    /** Buffers for so many images. */
    public static Buffers of(int images, Form form) {
      long elements = (long) images * form.size() * form.size();
      return new Buffers(
          HostTensor.allocate(DataType.F32, elements),
          HostTensor.allocate(DataType.U8, images),
          new float[form.size()]);
    }
  }

  /** Copies a batch. */
  public void fill(int batch, int batchSize, Buffers into) {
    int count = length(batch, batchSize);
    int factor = form.size() / source.size();
    int margin = (form.size() - factor * source.size()) / 2;
    float[] row = into.row();
    for (int i = 0; i < count; i++) {
      int image = order[batch * batchSize + i];
      into.labels().setLong(i, source.label(image));
      for (int y = 0; y < form.size(); y++) {
        int from = Math.floorDiv(y - margin, factor);
        boolean inside = from >= 0 && from < source.size();
        for (int x = 0; x < row.length; x++) {
          int column = Math.floorDiv(x - margin, factor);
          row[x] =
              inside && column >= 0 && column < source.size()
                  ? source.pixel(image, from, column) * SCALE
                  : 0;
        }
        long at = form.rowsFirst() ? (long) y * count + i : (long) i * form.size() + y;
        into.images().write(at * form.size(), row, 0, row.length);
      }
    }
  }
}
