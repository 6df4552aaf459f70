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
    run.values = into;
    if (from instanceof ArrayTensor inArray) {
      seek(inArray, region);
      widen(from.dataType());
      return;
    }
    byRow(region);
    for (int r = 0; r < rowsOf(region); r++) {
      run.valuesAt = r * run.count;
      from.readRaw(region.row(r), run.bits, 0, run.count);
      widen(from.dataType());
    }
  }

  @Override
  void store(HostTensor to, Region region, float[] from) {
    if (to.dataType() == DataType.F32) {
      storeRaw(to, region, from);
      return;
    }
    run.values = from;
    if (to instanceof ArrayTensor inArray) {
      seek(inArray, region);
      narrow(to.dataType());
      return;
    }
    byRow(region);
    for (int r = 0; r < rowsOf(region); r++) {
      run.valuesAt = r * run.count;
      narrow(to.dataType());
      to.writeRaw(region.row(r), run.bits, 0, run.count);
    }
  }

  /** Points the conversions at a region of an array. */
  private void seek(ArrayTensor tensor, Region region) {
    run.bits = (short[]) tensor.array();
    run.bitsAt = tensor.offset() + (int) region.index();
    run.bitsStride = (int) region.stride();
    run.valuesAt = 0;
    shape(region);
  }

  /** Points the conversions at scratch, to be gone through row by row. */
  private void byRow(Region region) {
    shape(region);
    run.rows = 1;
    run.bits = scratch(run.count);
    run.bitsAt = 0;
  }

  private void shape(Region region) {
    run.rows = rowsOf(region);
    run.count = run.rows == 1 ? region.elements() : region.length();
  }

  private static int rowsOf(Region region) {
    return region.isContiguous() ? 1 : region.rows();
  }

  private void widen(DataType type) {
    if (type == DataType.F16) {
      kernels.widenF16(run);
    } else {
      kernels.widenBf16(run);
    }
  }

  private void narrow(DataType type) {
    if (type == DataType.F16) {
      kernels.narrowF16(run);
    } else {
      kernels.narrowBf16(run);
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
