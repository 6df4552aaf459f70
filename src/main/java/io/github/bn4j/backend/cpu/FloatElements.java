package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** f32, f16 and bf16, all computed in float. */
final class FloatElements extends Elements<float[]> {
  private final HalfKernels kernels;
  private final HalfRun run = new HalfRun();
  private short[] bits = new short[0];

  FloatElements(HalfKernels kernels) {
    this.kernels = kernels;
  }

  @Override
  float[] allocate(int length) {
    return new float[length];
  }

  @Override
  boolean holds(ArrayTensor tensor) {
    return tensor.array() instanceof float[];
  }

  @Override
  float[] arrayOf(ArrayTensor tensor) {
    return (float[]) tensor.array();
  }

  @Override
  short @Nullable [] bits(HostTensor tensor) {
    boolean inArray = tensor instanceof ArrayTensor && tensor.dataType() != DataType.F32;
    return inArray ? (short[]) ((ArrayTensor) tensor).array() : null;
  }

  @Override
  void load(HostTensor from, Region region, float[] into) {
    if (from.dataType() == DataType.F32) {
      loadRaw(from, region, into);
      return;
    }
    boolean packed = region.isContiguous();
    run.values = into;
    run.count = packed ? region.elements() : region.length();
    for (int r = 0; r < (packed ? 1 : region.rows()); r++) {
      run.valuesAt = r * region.length();
      if (from instanceof ArrayTensor inArray) {
        run.bits = (short[]) inArray.array();
        run.bitsAt = inArray.offset() + (int) region.row(r);
      } else {
        run.bits = scratch(run.count);
        run.bitsAt = 0;
        from.readRaw(region.row(r), run.bits, 0, run.count);
      }
      if (from.dataType() == DataType.F16) {
        kernels.widenF16(run);
      } else {
        kernels.widenBf16(run);
      }
    }
  }

  @Override
  void store(HostTensor to, Region region, float[] from) {
    if (to.dataType() == DataType.F32) {
      storeRaw(to, region, from);
      return;
    }
    boolean packed = region.isContiguous();
    run.values = from;
    run.count = packed ? region.elements() : region.length();
    for (int r = 0; r < (packed ? 1 : region.rows()); r++) {
      run.valuesAt = r * region.length();
      boolean direct = to instanceof ArrayTensor;
      if (to instanceof ArrayTensor inArray) {
        run.bits = (short[]) inArray.array();
        run.bitsAt = inArray.offset() + (int) region.row(r);
      } else {
        run.bits = scratch(run.count);
        run.bitsAt = 0;
      }
      if (to.dataType() == DataType.F16) {
        kernels.narrowF16(run);
      } else {
        kernels.narrowBf16(run);
      }
      if (!direct) {
        to.writeRaw(region.row(r), run.bits, 0, run.count);
      }
    }
  }

  private short[] scratch(int count) {
    if (bits.length < count) {
      bits = new short[count];
    }
    return bits;
  }

  @Override
  double get(float[] array, int index) {
    return array[index];
  }

  @Override
  void fill(float[] array, int from, int to, double value) {
    Arrays.fill(array, from, to, (float) value);
  }

  @Override
  void widen(float[] from, int at, double[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = from[at + i];
    }
  }

  @Override
  void narrow(double[] from, int at, float[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = (float) from[at + i];
    }
  }

  @Override
  double round(double value) {
    return (float) value;
  }
}
