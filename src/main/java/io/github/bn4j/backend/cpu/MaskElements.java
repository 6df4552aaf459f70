package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.HostTensor;
import java.util.Arrays;

/** The bytes of the reserve space; a byte holds the mask of eight elements. */
final class MaskElements extends Elements<byte[]> {
  @Override
  byte[] allocate(int length) {
    return new byte[length];
  }

  @Override
  boolean holds(ArrayTensor tensor) {
    return true;
  }

  @Override
  byte[] arrayOf(ArrayTensor tensor) {
    return (byte[]) tensor.array();
  }

  @Override
  void load(HostTensor from, Region region, byte[] into) {
    loadRaw(from, region, into);
  }

  @Override
  void store(HostTensor to, Region region, byte[] from) {
    storeRaw(to, region, from);
  }

  @Override
  double get(byte[] array, int index) {
    return array[index];
  }

  @Override
  void fill(byte[] array, int from, int to, double value) {
    Arrays.fill(array, from, to, (byte) value);
  }

  @Override
  void widen(byte[] from, int at, double[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = from[at + i];
    }
  }

  @Override
  void narrow(double[] from, int at, byte[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = (byte) from[at + i];
    }
  }

  @Override
  double round(double value) {
    return (byte) value;
  }
}
