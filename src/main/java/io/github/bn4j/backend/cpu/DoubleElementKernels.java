package io.github.bn4j.backend.cpu;

/** Plain loops over double elements. */
final class DoubleElementKernels implements ElementKernels<double[]> {
  @Override
  public void add(Tile<double[]> a, Tile<double[]> b, Tile<double[]> out) {
    double[] as = a.array();
    double[] bs = b.array();
    double[] outs = out.array();
    for (int r = 0; r < a.rows(); r++) {
      int atA = a.offset() + r * a.stride();
      int atB = b.offset() + r * b.stride();
      int atOut = out.offset() + r * out.stride();
      for (int i = 0; i < a.length(); i++) {
        outs[atOut + i] = as[atA + i] + bs[atB + i];
      }
    }
  }

  @Override
  public void relu(Tile<double[]> z) {
    double[] zs = z.array();
    for (int r = 0; r < z.rows(); r++) {
      int from = z.offset() + r * z.stride();
      int to = from + z.length();
      for (int i = from; i < to; i++) {
        zs[i] = zs[i] <= 0 ? 0 : zs[i];
      }
    }
  }

  @Override
  public void reluMask(Tile<double[]> z, Tile<byte[]> mask) {
    double[] zs = z.array();
    byte[] bytes = mask.array();
    for (int r = 0; r < z.rows(); r++) {
      int from = z.offset() + r * z.stride();
      int to = mask.offset() + r * mask.stride();
      for (int i = 0; i < z.length(); i += Byte.SIZE) {
        int count = Math.min(Byte.SIZE, z.length() - i);
        int bits = 0;
        for (int k = 0; k < count; k++) {
          int at = from + i + k;
          if (zs[at] <= 0) {
            zs[at] = 0;
          } else {
            bits |= 1 << k;
          }
        }
        bytes[to + i / Byte.SIZE] = (byte) bits;
      }
    }
  }

  @Override
  public void gate(Tile<double[]> dy, Tile<double[]> z, Tile<double[]> dz) {
    double[] dys = dy.array();
    double[] zs = z.array();
    double[] dzs = dz.array();
    for (int r = 0; r < dy.rows(); r++) {
      int atDy = dy.offset() + r * dy.stride();
      int atZ = z.offset() + r * z.stride();
      int atDz = dz.offset() + r * dz.stride();
      for (int i = 0; i < dy.length(); i++) {
        dzs[atDz + i] = zs[atZ + i] <= 0 ? 0 : dys[atDy + i];
      }
    }
  }

  @Override
  public void gateByMask(Tile<double[]> dy, Tile<byte[]> mask, Tile<double[]> dz) {
    double[] dys = dy.array();
    byte[] bytes = mask.array();
    double[] dzs = dz.array();
    for (int r = 0; r < dy.rows(); r++) {
      int atDy = dy.offset() + r * dy.stride();
      int atMask = mask.offset() + r * mask.stride();
      int atDz = dz.offset() + r * dz.stride();
      for (int i = 0; i < dy.length(); i++) {
        int bit = bytes[atMask + i / Byte.SIZE] >> (i % Byte.SIZE) & 1;
        dzs[atDz + i] = bit == 0 ? 0 : dys[atDy + i];
      }
    }
  }
}
