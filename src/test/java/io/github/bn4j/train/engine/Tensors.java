package io.github.bn4j.train.engine;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import java.util.Arrays;
import java.util.Random;

/** Tensors of an engine from and to arrays. */
public final class Tensors {
  private final Memory memory;

  /** For tensors of this engine. */
  public Tensors(Engine engine) {
    this.memory = engine.memory();
  }

  /** f32. */
  public Tensor of(float... values) {
    return memory.copyOf(HostTensor.of(values));
  }

  /** f32, not to be read before it is written. */
  public Tensor empty(long elements) {
    Tensor made = memory.allocate(DataType.F32, elements);
    float[] wrong = new float[(int) elements];
    Arrays.fill(wrong, Float.NaN);
    memory.write(made, HostTensor.of(wrong));
    return made;
  }

  /** All elements. */
  public double[] read(Tensor tensor) {
    return memory.toHost(tensor).toDoubles();
  }

  /** Normal random numbers. */
  public static float[] random(long seed, long elements) {
    Random random = new Random(seed);
    float[] values = new float[(int) elements];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
