package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaFunction;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.KernelArguments;
import io.github.bn4j.cuda.LaunchShape;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One kernel with its launch shape and its struct argument, of which every field has 8 bytes: the
 * ordinal of a twin's field is its place.
 */
public final class Launch {
  private static final int FIELD_BYTES = 8;

  private final CudaFunction function;
  private final LaunchShape shape;
  private final KernelArguments arguments;
  private final ByteBuffer struct;

  /**
   * Prepares a launch; all fields are zero.
   *
   * @param fields the twin's fields, all of them
   */
  public Launch(CudaFunction function, LaunchShape shape, Enum<?>[] fields) {
    this.function = function;
    this.shape = shape;
    this.arguments = new KernelArguments(fields.length * FIELD_BYTES);
    this.struct = arguments.struct();
  }

  @SuppressWarnings("EnumOrdinal") // The order of the fields is what the enums are for.
  private static int offset(Enum<?> field) {
    return field.ordinal() * FIELD_BYTES;
  }

  /** An integer. */
  public void set(Enum<?> field, long value) {
    struct.putLong(offset(field), value);
  }

  /** A double. */
  public void set(Enum<?> field, double value) {
    struct.putDouble(offset(field), value);
  }

  /** The address of a tensor, or null where there is none. */
  public void set(Enum<?> field, @Nullable Tensor tensor) {
    set(field, address(tensor));
  }

  /** Address of a checked tensor; 0 for none. */
  static long address(@Nullable Tensor tensor) {
    return tensor == null ? 0 : ((DeviceTensor) tensor).address();
  }

  /** Queues the kernel; the context has to be current. */
  public void queue(CudaStream stream) {
    function.launch(shape, arguments, stream);
  }

  /**
   * The entry's name and launch shape: {@code bn_normalize_nchw_f32 <<<784, 256>>>}, with a third
   * number for bytes of dynamic shared memory.
   */
  String describe() {
    String grid = shape.gridX() + (shape.gridY() > 1 ? "x" + shape.gridY() : "");
    String shared = shape.sharedBytes() > 0 ? ", " + shape.sharedBytes() : "";
    return function.name() + " <<<" + grid + ", " + shape.blockX() + shared + ">>>";
  }
}
