package io.github.bn4j.train.data;

import java.io.IOException;
import java.util.Arrays;

/** Square grey images and the class of each, in memory. */
public final class LabelledImages {
  private final int count;
  private final int size;
  private final byte[] pixels;
  private final byte[] labels;

  LabelledImages(int count, int size, byte[] pixels, byte[] labels) {
    this.count = count;
    this.size = size;
    this.pixels = pixels;
    this.labels = labels;
  }

  /**
   * Puts a file of images and a file of labels together.
   *
   * @throws IOException if they do not belong together
   */
  static LabelledImages of(IdxFile images, IdxFile labels, int classes) throws IOException {
    if (images.size(0) != labels.size(0) || images.size(0) == 0) {
      throw new IOException(
          "%s: expected %d labels, one per image, got %d; the two files do not belong together"
              .formatted(labels.name(), images.size(0), labels.size(0)));
    }
    if (images.size(1) != images.size(2)) {
      throw new IOException(
          "%s: expected square images, got %d x %d"
              .formatted(images.name(), images.size(1), images.size(2)));
    }
    for (byte label : labels.bytes()) {
      if (label < 0 || label >= classes) {
        throw new IOException(
            "%s: expected labels from 0 to %d, got %d"
                .formatted(labels.name(), classes - 1, label & 0xff));
      }
    }
    return new LabelledImages(images.size(0), images.size(1), images.bytes(), labels.bytes());
  }

  /** The first images; all if there are not more. */
  public LabelledImages first(int most) {
    int kept = Math.min(most, count);
    return new LabelledImages(
        kept, size, Arrays.copyOf(pixels, kept * size * size), Arrays.copyOf(labels, kept));
  }

  /** Number of images. */
  public int count() {
    return count;
  }

  /** Height and width. */
  public int size() {
    return size;
  }

  /** A grey value from 0 to 255. */
  int pixel(int image, int row, int column) {
    return pixels[(image * size + row) * size + column] & 0xff;
  }

  byte label(int image) {
    return labels[image];
  }
}
