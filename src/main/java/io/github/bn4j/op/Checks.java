package io.github.bn4j.op;

import org.jspecify.annotations.Nullable;

/**
 * The checks that every plan makes before it touches a tensor. Allocates only to report a mistake.
 *
 * <p>Messages name the parameter, what was expected, what was given, and what to do.
 */
public final class Checks {
  private Checks() {}

  /**
   * Checks presence, type, size and place of a forward pass's tensors.
   *
   * @param device ordinal of the device that all tensors have to be on, or {@link #HOST}
   * @param reserveBytes least size of the reserve space, if one is given
   * @throws IllegalArgumentException for the first tensor that is wrong
   */
  public static void forward(BatchNormSpec spec, ForwardTensors t, int device, long reserveBytes) {
    activation(spec, "x", t.x(), device);
    activation(spec, "y", t.y(), device);
    optional(spec, "residual", t.residual(), spec.hasResidual(), device, true);
    optional(spec, "gamma", t.gamma(), spec.hasScale(), device, false);
    optional(spec, "beta", t.beta(), spec.hasShift(), device, false);
    boolean needsRunning = spec.tracksRunningStatistics();
    running(spec, t.running(), needsRunning, device);
    saved(spec, t.saved(), spec.mode() == Mode.TRAINING, device);
    reserve(t.reserve(), reserveBytes, device);
  }

  /**
   * Checks presence, type, size and place of a backward pass's tensors.
   *
   * @param device ordinal of the device that all tensors have to be on, or {@link #HOST}
   * @param reserveBytes least size of the reserve space, if one is given
   * @throws IllegalArgumentException for the first tensor that is wrong
   * @throws UnsupportedOperationException if the mode has no backward pass
   */
  public static void backward(
      BatchNormSpec spec, BackwardTensors t, int device, long reserveBytes) {
    if (spec.mode() == Mode.INFERENCE) {
      throw new UnsupportedOperationException(
          "backward: INFERENCE has no backward pass; plan TRAINING or FROZEN");
    }
    BackwardTensors.Inputs inputs = t.inputs();
    activation(spec, "x", t.x(), device);
    activation(spec, "dy", t.dy(), device);
    activation(spec, "dx", t.dx(), device);
    optional(spec, "dResidual", t.dResidual(), spec.hasResidual(), device, true);
    optional(spec, "dGamma", t.dGamma(), spec.hasScale(), device, false);
    optional(spec, "dBeta", t.dBeta(), spec.hasShift(), device, false);
    optional(spec, "gamma", inputs.gamma(), spec.hasScale(), device, false);
    boolean recomputes = spec.activation() != Activation.NONE && inputs.reserve() == null;
    if (recomputes) {
      optional(spec, "beta", inputs.beta(), spec.hasShift(), device, false);
      optional(spec, "residual", inputs.residual(), spec.hasResidual(), device, true);
    }
    running(spec, inputs.running(), spec.mode() == Mode.FROZEN, device);
    saved(spec, inputs.saved(), spec.mode() == Mode.TRAINING, device);
    reserve(inputs.reserve(), reserveBytes, device);
  }

  /** The place of tensors in the JVM's memory, where a device ordinal is asked for. */
  public static final int HOST = -1;

  private static void activation(BatchNormSpec spec, String name, Tensor tensor, int device) {
    tensor(name, tensor, spec.dataType(), spec.shape().elements(), spec.shape(), device);
  }

  private static void optional(
      BatchNormSpec spec,
      String name,
      @Nullable Tensor tensor,
      boolean expected,
      int device,
      boolean full) {
    if (!expected) {
      if (tensor != null) {
        throw new IllegalArgumentException(
            name
                + ": expected none, since the spec says there is none, got a tensor; change the spec or leave it out");
      }
      return;
    }
    if (tensor == null) {
      throw new IllegalArgumentException(
          name + ": expected a tensor, got none; the spec says there is one");
    }
    if (full) {
      activation(spec, name, tensor, device);
    } else {
      perChannel(spec, name, tensor, device);
    }
  }

  private static void perChannel(BatchNormSpec spec, String name, Tensor tensor, int device) {
    tensor(name, tensor, spec.statisticsType(), spec.shape().channels(), "channels", device);
  }

  private static void running(
      BatchNormSpec spec, @Nullable RunningStatistics running, boolean needed, int device) {
    if (!needed) {
      return;
    }
    if (running == null) {
      throw new IllegalArgumentException(
          "running: expected running statistics, got none; give them or set trackRunningStatistics(false)");
    }
    perChannel(spec, "running.mean", running.mean(), device);
    perChannel(spec, "running.variance", running.variance(), device);
    Tensor batches = running.batches();
    if (batches != null) {
      tensor("running.batches", batches, DataType.I64, 1, "a counter", device);
    } else if (spec.mode() == Mode.TRAINING && spec.averageFactor().isCumulative()) {
      throw new IllegalArgumentException(
          "running.batches: expected a counter of batches, got none; a cumulative average needs it");
    }
  }

  private static void saved(
      BatchNormSpec spec, @Nullable SavedStatistics saved, boolean needed, int device) {
    if (!needed) {
      return;
    }
    if (saved == null) {
      throw new IllegalArgumentException(
          "saved: expected tensors for the batch's mean and invStd, got none; TRAINING needs them");
    }
    perChannel(spec, "saved.mean", saved.mean(), device);
    perChannel(spec, "saved.invStd", saved.invStd(), device);
  }

  private static void reserve(@Nullable Tensor reserve, long bytes, int device) {
    if (reserve == null) {
      return;
    }
    if (reserve.dataType() != DataType.U8 || reserve.elements() < bytes) {
      throw new IllegalArgumentException(
          "reserve: expected u8 of at least "
              + bytes
              + " elements (Plan.reserveBytes()), got "
              + reserve.dataType().label()
              + " of "
              + reserve.elements());
    }
    place("reserve", reserve, device);
  }

  private static void tensor(
      String name, Tensor tensor, DataType type, long elements, Object meaning, int device) {
    if (tensor == null) {
      throw new IllegalArgumentException(name + ": expected a tensor, got null");
    }
    if (tensor.dataType() != type) {
      throw new IllegalArgumentException(
          name
              + ": expected type "
              + type.label()
              + ", got "
              + tensor.dataType().label()
              + "; convert it or change the spec");
    }
    if (tensor.elements() != elements) {
      throw new IllegalArgumentException(
          name
              + ": expected "
              + elements
              + " elements ("
              + meaning
              + "), got "
              + tensor.elements());
    }
    place(name, tensor, device);
  }

  private static void place(String name, Tensor tensor, int device) {
    if (tensor instanceof DeviceTensor onDevice) {
      if (device == HOST) {
        throw new IllegalArgumentException(
            name
                + ": expected host memory, got memory of device "
                + onDevice.device()
                + "; copy it to the host or use a GPU backend");
      }
      if (onDevice.isClosed()) {
        throw new IllegalArgumentException(
            name + ": expected open device memory, got a closed tensor");
      }
      if (onDevice.device() != device) {
        throw new IllegalArgumentException(
            name
                + ": expected memory of device "
                + device
                + ", got memory of device "
                + onDevice.device()
                + "; make the plan for that device or copy the tensor");
      }
    } else if (device != HOST) {
      throw new IllegalArgumentException(
          name
              + ": expected memory of device "
              + device
              + ", got host memory; copy it with Memory.write or use a CPU backend");
    }
  }
}
