package io.github.bn4j.backend.ptx;

/** A pass over batch statistics. */
enum Direction {
  FORWARD(1, 2, 3),
  BACKWARD(2, 3, 5);

  /** Tensors that a one-pass kernel keeps on chip: x; x and the masked dy. */
  final int resident;

  /** Tensors' worth of traffic in one pass, without residual and mask. */
  final int onepassTraffic;

  /** Likewise where everything is read again. */
  final int twoPassTraffic;

  Direction(int resident, int onepassTraffic, int twoPassTraffic) {
    this.resident = resident;
    this.onepassTraffic = onepassTraffic;
    this.twoPassTraffic = twoPassTraffic;
  }

  /** {@code forward} or {@code backward}, as in the names of kernels. */
  String label() {
    return this == FORWARD ? "forward" : "backward";
  }
}
