package io.github.bn4j.bench;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A line of a suite: a shape, and how often it occurs. What the line leaves open is null.
 *
 * @param shape batch, channels, spatial sizes
 * @param occurrences how often a network, or a set of networks, has it
 * @param op the pass, if the line names one
 * @param layout where the channel lies, if the line says so
 * @param dtype type of the activations, if the line says so
 * @param relu true for a fused ReLU
 */
public record Problem(
    TensorShape shape,
    int occurrences,
    @Nullable BenchmarkOp op,
    @Nullable Layout layout,
    @Nullable DataType dtype,
    boolean relu) {
  private static final int COLUMNS = 13;

  /** This problem with another batch. */
  public Problem withBatch(long batch) {
    long[] sizes = shape.sizes();
    sizes[0] = batch;
    return new Problem(TensorShape.of(sizes), occurrences, op, layout, dtype, relu);
  }

  /**
   * Reads a line of oneDNN's form: file, batch (mb), channels (ic), depth, height, width, rank,
   * occurrences, direction, type, memory format, flags, name.
   *
   * @throws IllegalArgumentException for another form
   */
  static Problem parse(String line) {
    String[] column = line.split(",", -1);
    if (column.length != COLUMNS) {
      throw new IllegalArgumentException(
          "suite: expected %d columns, got %d: %s".formatted(COLUMNS, column.length, line));
    }
    try {
      int rank = Integer.parseInt(column[6]);
      long[] spatial = Arrays.stream(column, 3, 6).mapToLong(Long::parseLong).toArray();
      long[] sizes = new long[rank];
      sizes[0] = Long.parseLong(column[1]);
      sizes[1] = Long.parseLong(column[2]);
      // Of depth, height and width the last ones: a rank of 4 has no depth.
      System.arraycopy(spatial, 5 - rank, sizes, 2, rank - 2);
      boolean given = column[11].contains("G");
      return new Problem(
          TensorShape.of(sizes),
          Integer.parseInt(column[7]),
          op(column[8], given),
          layout(column[10]),
          type(column[9]),
          column[11].contains("R"));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("suite: cannot read " + line + ": " + e.getMessage(), e);
    }
  }

  /** The statistics are computed, or given (flag G). */
  private static @Nullable BenchmarkOp op(String direction, boolean given) {
    return switch (direction) {
      case "" -> null;
      case "FWD_D" -> given ? BenchmarkOp.FORWARD_INFERENCE : BenchmarkOp.FORWARD_TRAINING;
      case "FWD_I" -> BenchmarkOp.FORWARD_INFERENCE;
      case "BWD_DW", "BWD_D" -> given ? BenchmarkOp.BACKWARD_FROZEN : BenchmarkOp.BACKWARD;
      default -> throw new IllegalArgumentException("unknown direction " + direction);
    };
  }

  /**
   * Letters are dimensions in the order of memory, b the channel: {@code acdb} is channel last.
   * oneDNN's blocked formats (upper case) exist nowhere else and are measured as channel second.
   */
  private static @Nullable Layout layout(String format) {
    if (format.isEmpty()) {
      return null;
    }
    boolean last = format.length() > 2 && format.endsWith("b") && format.startsWith("ac");
    return last ? Layout.CHANNEL_LAST : Layout.CHANNEL_SECOND;
  }

  private static @Nullable DataType type(String name) {
    if (name.isEmpty()) {
      return null;
    }
    Optional<DataType> type =
        Arrays.stream(DataType.values()).filter(one -> one.label().equals(name)).findFirst();
    return type.orElseThrow(() -> new IllegalArgumentException("unknown type " + name));
  }
}
