package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;

/**
 * The way through a tensor: which tiles form a slice, which slices a block of channels, and what is
 * done with a tile. The cut follows from the spec alone.
 */
abstract class Walk<A> implements Channels.SliceCounts {
  /** Which part of a backward pass a slice's tiles go through. */
  enum Gradients {
    /** The sums of dz and dz * (x - center). */
    SUMS,
    /** dx and dResidual of TRAINING. */
    APPLY,
    /** Sums, dx and dResidual of FROZEN, in one go. */
    FROZEN
  }

  final BatchNormSpec spec;
  final Binding binding;

  /** True where kernels may convert on the way, without tiles of floats. */
  final boolean direct;

  private final boolean relu;

  Walk(BatchNormSpec spec, Binding binding) {
    this.spec = spec;
    this.binding = binding;
    this.relu = spec.activation() == Activation.RELU;
    this.direct = spec.dataType().bytes() < Float.BYTES && !relu && !spec.hasResidual();
  }

  /** Elements of a tile, of at most so many. */
  final int tile(int most) {
    boolean half = spec.dataType().bytes() < Float.BYTES;
    // f16 is converted on the way in only: what kernels write is a tile of floats first.
    boolean floats = half && !(direct && spec.dataType() == DataType.BF16);
    return floats ? Math.min(most, CpuTuning.CONVERTED_TILE) : most;
  }

  abstract int blocks();

  /** Slices of each block. */
  abstract int slices();

  /** Elements of a whole block. */
  abstract long blockElements();

  /** First channel of a block; of the number of blocks, the number of channels. */
  abstract int firstChannel(int block);

  /** Columns that a workspace needs coefficients for; 0 if runs are used. */
  abstract int columnCount();

  /** Channels of each block but the last, which may have fewer. */
  abstract int blockChannels();

  abstract long maskBytes();

  /** In words, for {@code explain()}. */
  abstract String describe();

  /** Finds and leaves the moments of a slice. */
  abstract void moments(Workspace<A> w, Channels channels, int block, int slice);

  /** Writes y of a slice. */
  abstract void normalize(Workspace<A> w, Channels channels, int block, int slice);

  /** Parts of the whole tensor, in the order in which inference should take them. */
  int stretches() {
    return Math.multiplyExact(blocks(), slices());
  }

  /** Writes y of a stretch. */
  void normalizeStretch(Workspace<A> w, Channels channels, int stretch) {
    normalize(w, channels, stretch / slices(), stretch % slices());
  }

  /** Sums or writes the gradients of a slice. */
  abstract void gradients(Workspace<A> w, Channels channels, Part part);

  /** A slice and what is to be done with it. */
  static final class Part {
    int block;
    int slice;
    Gradients gradients = Gradients.SUMS;

    Part of(int blockIndex, int sliceIndex, Gradients what) {
      block = blockIndex;
      slice = sliceIndex;
      gradients = what;
      return this;
    }
  }

  /** z of x with the workspace's coefficients. */
  abstract void affine(Workspace<A> w, Tile<A> x, Tile<A> z);

  /** The channel of an element of a tile. */
  abstract int channel(Workspace<A> w, int row, int column);

  abstract void addGradientSums(Workspace<A> w, Tile<A> dz);

  abstract void gradient(Workspace<A> w, Tile<A> dz);

  abstract void scale(Workspace<A> w, Tile<A> dz);

  /** True if one block, rather than one slice, is a task. */
  final boolean fused() {
    long all = spec.shape().elements();
    return slices() == 1
        || all <= CpuTuning.SHARED
        || (blockElements() <= CpuTuning.FUSED && blocks() >= CpuTuning.MIN_BLOCKS);
  }

  /** Writes y of the workspace's region. */
  final void normalizeTile(Workspace<A> w) {
    ElementKernels<A> elements = w.kernels.elements();
    w.x.read(binding.x, w.region);
    if (spec.hasResidual()) {
      w.z.local(w.region);
      affine(w, w.x, w.z);
      w.residual.read(binding.residual, w.region);
      w.y.write(binding.y, w.region);
      elements.add(w.z, w.residual, w.y);
    } else {
      w.y.write(binding.y, w.region);
      if (relu) {
        w.y.expand(); // what follows reads y again
      }
      affine(w, w.x, w.y);
    }
    if (relu && binding.hasMask()) {
      w.mask.write(binding.mask, w.maskRegion);
      elements.reluMask(w.y, w.mask);
      w.mask.commit();
    } else if (relu) {
      elements.relu(w.y);
    }
    w.y.commit();
  }

  /** Goes through one part of the backward pass with the workspace's region. */
  final void gradientTile(Workspace<A> w, Gradients what) {
    w.x.read(binding.x, w.region);
    w.dy.read(binding.dy, w.region);
    Tile<A> dz = relu ? gated(w) : w.dy;
    if (what != Gradients.APPLY) {
      addGradientSums(w, dz);
    }
    if (what != Gradients.SUMS) {
      if (spec.hasResidual()) {
        w.dResidual.write(binding.dResidual, w.region);
        w.kernels.elements().copy(dz, w.dResidual);
        w.dResidual.commit();
      }
      w.dx.write(binding.dx, w.region);
      if (what == Gradients.APPLY && w.faint) {
        gradientInDouble(w, dz);
      } else if (what == Gradients.APPLY) {
        gradient(w, dz);
      } else {
        scale(w, dz);
      }
      w.dx.commit();
    }
  }

  /** True if dx of some channels takes slopes that the accumulation type cannot hold. */
  final boolean isFaint(Workspace<A> w, Gradients what, int from, int to) {
    return what == Gradients.APPLY
        && spec.dataType() != DataType.F64
        && w.run.hasFaintSlope(from, to);
  }

  /** Writes dx element by element: slow, for channels of values beyond some 1e19. */
  private void gradientInDouble(Workspace<A> w, Tile<A> dz) {
    RunCoefficients k = w.run;
    for (int r = 0; r < dz.rows(); r++) {
      for (int i = 0; i < dz.length(); i++) {
        int c = channel(w, r, i);
        double rest = k.slope[c] * (w.x.get(r, i) - k.center[c]) + k.offset[c];
        w.dx.set(r, i, k.scale[c] * dz.get(r, i) + rest);
      }
    }
  }

  private Tile<A> gated(Workspace<A> w) {
    ElementKernels<A> elements = w.kernels.elements();
    w.dz.local(w.region);
    if (binding.hasMask()) {
      w.mask.read(binding.mask, w.maskRegion);
      elements.gateByMask(w.dy, w.mask, w.dz);
      return w.dz;
    }
    w.z.local(w.region);
    affine(w, w.x, w.z);
    if (spec.hasResidual()) {
      w.residual.read(binding.residual, w.region);
      elements.add(w.z, w.residual, w.z);
    }
    elements.gate(w.dy, w.z, w.dz);
    return w.dz;
  }
}
