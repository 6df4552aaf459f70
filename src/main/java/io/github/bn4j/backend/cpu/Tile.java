package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.HostTensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A rectangle of a tensor as kernels see it: rows in an array of the accumulation type.
 *
 * <p>Where a tensor is such an array, the tile lies in it and nothing is copied. Else the tile is a
 * packed copy in this object's own memory, converted on the way in and on the way out; of 16-bit
 * types, not before a kernel asks for floats, since some convert on the fly ({@link #bits}). Each
 * thread has its own tiles.
 *
 * @param <A> {@code float[]} for f32, f16 and bf16; {@code double[]} for f64; {@code byte[]} for
 *     masks
 */
public final class Tile<A> {
  private final Elements<A> elements;
  private final Region target = new Region();
  private A scratch;
  private int capacity;
  private A array;
  private int offset;
  private int stride;
  private int rows;
  private int length;
  private @Nullable HostTensor copyBack;
  private short @Nullable [] bits;
  private @Nullable HostTensor source;
  private boolean output;

  Tile(Elements<A> elements) {
    this.elements = elements;
    this.scratch = elements.allocate(0);
    this.array = scratch;
  }

  /** The array that the rows lie in. */
  public A array() {
    expand();
    return array;
  }

  /** Index of the first row's first element. */
  public int offset() {
    expand();
    return offset;
  }

  /** Elements from one row's start to the next. */
  public int stride() {
    expand();
    return stride;
  }

  /**
   * The array of 16-bit patterns that the rows lie in; null where kernels have to take the array of
   * the accumulation type, which takes the patterns away.
   */
  public short @Nullable [] bits() {
    return bits;
  }

  /** Index of the first row's first pattern. */
  public int bitsOffset() {
    return offset;
  }

  /** Patterns from one row's start to the next. */
  public int bitsStride() {
    return stride;
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Elements of each row. */
  public int length() {
    return length;
  }

  /** One element. */
  double get(int row, int column) {
    return bits == null
        ? elements.get(array, offset + row * stride + column)
        : Objects.requireNonNull(source).get(target.index() + (long) row * stride + column);
  }

  /** Sets one element, rounded. */
  void set(int row, int column, double value) {
    expand();
    int at = offset + row * stride + column;
    elements.fill(array, at, at + 1, value);
  }

  /** Becomes a view or a copy of a region, to be read. */
  void read(HostTensor tensor, Region region) {
    if (!view(tensor, region) && !defer(tensor, region)) {
      local(region);
      elements.load(tensor, region, scratch);
    }
    output = false;
  }

  /** Becomes a region of a tensor, to be written; {@link #commit} ends it. */
  void write(HostTensor tensor, Region region) {
    if (!view(tensor, region) && !defer(tensor, region)) {
      local(region);
      copyBack = tensor;
      target.set(region.index(), region.stride(), region.rows(), region.length());
    }
    output = true;
  }

  /** Brings what was written to the tensor that {@link #write} named. */
  void commit() {
    if (copyBack != null) {
      elements.store(copyBack, target, scratch);
      copyBack = null;
    }
  }

  /** Takes the tensor's patterns, to be converted when floats are asked for. */
  private boolean defer(HostTensor tensor, Region region) {
    bits = elements.bits(tensor);
    if (bits == null) {
      return false;
    }
    source = tensor;
    target.set(region.index(), region.stride(), region.rows(), region.length());
    offset = ((ArrayTensor) tensor).offset() + (int) region.index();
    shape(region, (int) region.stride());
    return true;
  }

  /** Becomes an array of the accumulation type, if it is not. */
  void expand() {
    if (bits != null) {
      convert();
    }
  }

  private void convert() {
    HostTensor tensor = Objects.requireNonNull(source);
    local(target);
    if (output) {
      copyBack = tensor;
    } else {
      elements.load(tensor, target, scratch);
    }
  }

  /** Becomes memory of its own, as large as a region. */
  void local(Region region) {
    if (capacity < region.elements()) {
      capacity = region.elements();
      scratch = elements.allocate(capacity);
    }
    array = scratch;
    bits = null;
    offset = 0;
    shape(region, region.length());
  }

  /** Becomes part of a plain array, its rows packed. */
  void over(A values, int from, int rowCount, int rowLength) {
    array = values;
    bits = null;
    offset = from;
    rows = rowCount;
    length = rowLength;
    stride = rowLength;
  }

  /** Lets go of the caller's memory, so that a plan keeps nothing alive. */
  void release() {
    array = scratch;
    bits = null;
    source = null;
    copyBack = null;
  }

  private boolean view(HostTensor tensor, Region region) {
    if (tensor instanceof ArrayTensor inArray && elements.holds(inArray)) {
      array = elements.arrayOf(inArray);
      bits = null;
      // A Java array is indexed by int, so these fit.
      offset = inArray.offset() + (int) region.index();
      shape(region, (int) region.stride());
      return true;
    }
    return false;
  }

  private void shape(Region region, int rowStride) {
    stride = rowStride;
    rows = region.rows();
    length = region.length();
  }
}
