package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.op.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The device memory that a plan's kernels leave to each other, in one allocation. Forward and
 * backward share it: a plan's work is in the order of one stream.
 *
 * <p>Tickets and the counter of skipped updates are zero at first; the kernels leave the tickets
 * zero.
 */
final class Workspace implements AutoCloseable {
  /** Parts start at multiples of this, which is that of the driver's own allocations. */
  private static final long ALIGNMENT = 256;

  private static final int TICKET_BYTES = 4;

  /** Accumulators of a channel's coefficients, forward and backward (bn_epilogue.cuh). */
  private static final int COEFFICIENTS = 4;

  private final DeviceBuffer memory;
  private final long partials;
  private final long tickets;
  private final long barriers;
  private final long skipped;

  /**
   * Sizes, in elements.
   *
   * @param channels for the coefficients
   * @param partials accumulators for what blocks leave to each other
   * @param tickets groups of channels that finish together, and one
   * @param barriers of blocks that wait for each other, one per group of channels at a time
   * @param accumulator the statistics' type
   */
  record Sizes(long channels, long partials, long tickets, long barriers, DataType accumulator) {
    /** Nothing. */
    static Sizes none(DataType accumulator) {
      return new Sizes(0, 0, 0, 0, accumulator);
    }

    /** Room for whichever needs more. */
    Sizes or(Sizes other) {
      return new Sizes(
          Math.max(channels, other.channels),
          Math.max(partials, other.partials),
          Math.max(tickets, other.tickets),
          Math.max(barriers, other.barriers),
          accumulator);
    }

    long coefficientBytes() {
      return padded(Math.multiplyExact(channels, COEFFICIENTS * accumulator.bytes()));
    }

    long partialBytes() {
      return padded(Math.multiplyExact(partials, accumulator.bytes()));
    }

    long ticketBytes() {
      return padded(Math.multiplyExact(tickets, TICKET_BYTES));
    }

    long barrierBytes() {
      return padded(Math.multiplyExact(barriers, TICKET_BYTES));
    }

    long bytes() {
      return coefficientBytes() + partialBytes() + ticketBytes() + barrierBytes() + ALIGNMENT;
    }

    private static long padded(long bytes) {
      return Geometry.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }
  }

  private Workspace(DeviceBuffer memory, Sizes sizes) {
    this.memory = memory;
    this.partials = memory.address() + sizes.coefficientBytes();
    this.tickets = partials + sizes.partialBytes();
    this.barriers = tickets + sizes.ticketBytes();
    this.skipped = barriers + sizes.barrierBytes();
  }

  /** Allocates, clears, and waits until that is done, so that every stream may use it. */
  static Workspace cleared(CudaContext context, Sizes sizes) {
    DeviceBuffer memory = DeviceBuffer.allocate(context, DataType.U8, sizes.bytes());
    try {
      memory.zeroAsync(context.ownStream());
      context.ownStream().synchronize();
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
    return new Workspace(memory, sizes);
  }

  long coefficients() {
    return memory.address();
  }

  long partials() {
    return partials;
  }

  long tickets() {
    return tickets;
  }

  /** Barriers of blocks, apart from the tickets: a barrier does not end as zero. */
  long barriers() {
    return barriers;
  }

  long skipped() {
    return skipped;
  }

  long bytes() {
    return memory.bytes();
  }

  /** Reads the counter of skipped updates; waits for the stream. */
  long readSkipped(CudaStream stream) {
    ByteBuffer value = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    memory.readAsync(skipped - memory.address(), value, stream);
    stream.synchronize();
    return value.getLong(0);
  }

  @Override
  public void close() {
    memory.close();
  }
}
