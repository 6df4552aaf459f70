package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.HostTensor;
import java.util.Arrays;

/** f64, computed in double. */
final class DoubleElements extends Elements<double[]> {
  @Override
  double[] allocate(int length) {
    return new double[length];
  }

  @Override
  boolean holds(ArrayTensor tensor) {
    return tensor.array() instanceof double[];
  }

  @Override
  double[] arrayOf(ArrayTensor tensor) {
    return (double[]) tensor.array();
  }

  @Override
  void load(HostTensor from, Region region, double[] into) {
    loadRaw(from, region, into);
  }

  @Override
  void store(HostTensor to, Region region, double[] from) {
    storeRaw(to, region, from);
  }

  @Override
  double get(double[] array, int index) {
    return array[index];
  }

  @Override
  void fill(double[] array, int from, int to, double value) {
    Arrays.fill(array, from, to, value);
  }

  @Override
  void widen(double[] from, int at, double[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = from[at + i];
    }
  }

  @Override
  void narrow(double[] from, int at, double[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = from[at + i];
    }
  }

  @Override
  double round(double value) {
    return value;
  }
}
