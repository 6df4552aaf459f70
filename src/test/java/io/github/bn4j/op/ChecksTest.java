package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The last row of the table of degenerate input: each mistake, its message. */
class ChecksTest {
  private static final TensorShape SHAPE = TensorShape.of(2, 3, 5);
  private static final int ELEMENTS = 30;
  private static final int CHANNELS = 3;
  private static final int RESERVE = 4;

  private final BatchNormSpec spec =
      BatchNormSpec.builder(SHAPE).residual(true).activation(Activation.RELU).build();

  /** The parts of a forward pass, each of which a test may spoil. */
  private static final class Parts {
    Tensor x = full();
    Tensor y = full();
    @Nullable Tensor residual = full();
    @Nullable Tensor gamma = perChannel();
    @Nullable Tensor beta = perChannel();
    Tensor mean = perChannel();
    Tensor variance = perChannel();
    @Nullable Tensor batches = HostTensor.of(0L);
    @Nullable SavedStatistics saved = new SavedStatistics(perChannel(), perChannel());
    @Nullable Tensor reserve = HostTensor.allocate(DataType.U8, RESERVE);

    ForwardTensors forward() {
      return new ForwardTensors(
          x,
          y,
          residual,
          gamma,
          beta,
          new RunningStatistics(mean, variance, batches),
          saved,
          reserve);
    }
  }

  private static HostTensor full() {
    return HostTensor.allocate(DataType.F32, ELEMENTS);
  }

  private static HostTensor perChannel() {
    return HostTensor.allocate(DataType.F32, CHANNELS);
  }

  private static HostTensor of(int elements) {
    return HostTensor.allocate(DataType.F32, elements);
  }

  private void assertForward(Consumer<Parts> mistake, String message) {
    assertForward(spec, Checks.HOST, mistake, message);
  }

  private static void assertForward(
      BatchNormSpec spec, int device, Consumer<Parts> mistake, String message) {
    Parts parts = new Parts();
    mistake.accept(parts);
    assertThatThrownBy(() -> Checks.forward(spec, parts.forward(), device, RESERVE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void forward_nothingWrong_passes() {
    assertThatCode(() -> Checks.forward(spec, new Parts().forward(), Checks.HOST, RESERVE))
        .doesNotThrowAnyException();
  }

  @Test
  void forward_wrongSize_saysNameExpectedAndGot() {
    assertForward(p -> p.x = of(29), "x: expected 30 elements (2x3x5), got 29");
    assertForward(p -> p.y = of(31), "y: expected 30 elements (2x3x5), got 31");
    assertForward(p -> p.residual = of(1), "residual: expected 30 elements (2x3x5), got 1");
    assertForward(p -> p.gamma = of(2), "gamma: expected 3 elements (channels), got 2");
    assertForward(p -> p.beta = of(4), "beta: expected 3 elements (channels), got 4");
    assertForward(p -> p.mean = of(0), "running.mean: expected 3 elements (channels), got 0");
    assertForward(
        p -> p.variance = of(5), "running.variance: expected 3 elements (channels), got 5");
    assertForward(
        p -> p.batches = HostTensor.of(1L, 2L),
        "running.batches: expected 1 elements (a counter), got 2");
    assertForward(
        p -> p.saved = new SavedStatistics(of(2), perChannel()),
        "saved.mean: expected 3 elements (channels), got 2");
    assertForward(
        p -> p.saved = new SavedStatistics(perChannel(), of(2)),
        "saved.invStd: expected 3 elements (channels), got 2");
    assertForward(
        p -> p.reserve = HostTensor.allocate(DataType.U8, 3),
        "reserve: expected u8 of at least 4 elements (Plan.reserveBytes()), got u8 of 3");
  }

  @Test
  void forward_wrongType_saysExpectedAndGot() {
    assertForward(
        p -> p.x = HostTensor.allocate(DataType.F16, ELEMENTS),
        "x: expected type f32, got f16; convert it or change the spec");
    assertForward(
        p -> p.gamma = HostTensor.allocate(DataType.F64, CHANNELS),
        "gamma: expected type f32, got f64; convert it or change the spec");
    assertForward(
        p -> p.batches = of(1),
        "running.batches: expected type i64, got f32; convert it or change the spec");
    assertForward(
        p -> p.reserve = of(RESERVE),
        "reserve: expected u8 of at least 4 elements (Plan.reserveBytes()), got f32 of 4");
    BatchNormSpec half = spec.toBuilder().dataType(DataType.F16).build();
    Parts parts = new Parts();
    parts.x = HostTensor.allocate(DataType.F16, ELEMENTS);
    parts.y = parts.x;
    parts.residual = parts.x;
    assertThatCode(() -> Checks.forward(half, parts.forward(), Checks.HOST, RESERVE))
        .doesNotThrowAnyException();
  }

  @Test
  void forward_missing_saysWhatIsNeeded() {
    assertForward(
        p -> p.gamma = null, "gamma: expected a tensor, got none; the spec says there is one");
    assertForward(
        p -> p.residual = null,
        "residual: expected a tensor, got none; the spec says there is one");
    assertForward(
        p -> p.saved = null,
        "saved: expected tensors for the batch's mean and invStd, got none; TRAINING needs them");
    BatchNormSpec cumulative = spec.toBuilder().averageFactor(AverageFactor.CUMULATIVE).build();
    assertForward(
        cumulative,
        Checks.HOST,
        p -> p.batches = null,
        "running.batches: expected a counter of batches, got none; a cumulative average needs it");
    ForwardTensors t = new Parts().forward();
    ForwardTensors none =
        new ForwardTensors(
            t.x(), t.y(), t.residual(), t.gamma(), t.beta(), null, t.saved(), t.reserve());
    assertThatThrownBy(() -> Checks.forward(spec, none, Checks.HOST, RESERVE))
        .hasMessage(
            "running: expected running statistics, got none;"
                + " give them or set trackRunningStatistics(false)");
  }

  @Test
  void forward_unexpected_isRefused() {
    BatchNormSpec plain = spec.toBuilder().residual(false).affine(true, false).build();
    String rest =
        ": expected none, since the spec says there is none, got a tensor;"
            + " change the spec or leave it out";
    assertForward(plain, Checks.HOST, p -> p.beta = null, "residual" + rest);
    assertForward(plain, Checks.HOST, p -> p.residual = null, "beta" + rest);
  }

  @Test
  void forward_elsewhere_saysWhereAndWhatToDo() {
    assertForward(
        p -> p.x = new OnDevice(ELEMENTS, 1, false),
        "x: expected host memory, got memory of device 1; copy it to the host or use a GPU"
            + " backend");
    assertForward(
        spec,
        0,
        p -> {},
        "x: expected memory of device 0, got host memory; copy it with Memory.write or use a CPU"
            + " backend");
    assertForward(
        spec,
        0,
        p -> p.x = new OnDevice(ELEMENTS, 1, false),
        "x: expected memory of device 0, got memory of device 1; make the plan for that device or"
            + " copy the tensor");
    assertForward(
        spec,
        0,
        p -> p.x = new OnDevice(ELEMENTS, 0, true),
        "x: expected open device memory, got a closed tensor");
    assertForward(
        p -> p.reserve = new OnDevice(DataType.U8, RESERVE, 2, false),
        "reserve: expected host memory, got memory of device 2; copy it to the host or use a GPU"
            + " backend");
  }

  @Test
  void backward_inference_isUnsupported() {
    BatchNormSpec inference = spec.toBuilder().mode(Mode.INFERENCE).build();
    BackwardTensors tensors =
        BackwardTensors.builder(new Parts().forward(), full(), full()).build();
    assertThatThrownBy(() -> Checks.backward(inference, tensors, Checks.HOST, RESERVE))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("backward: INFERENCE has no backward pass; plan TRAINING or FROZEN");
  }

  private void assertBackward(BackwardTensors.Builder builder, String message) {
    assertThatThrownBy(() -> Checks.backward(spec, builder.build(), Checks.HOST, RESERVE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private BackwardTensors.Builder backward(Parts parts) {
    return BackwardTensors.builder(parts.forward(), full(), full())
        .dResidual(full())
        .affine(perChannel(), perChannel());
  }

  @Test
  void backward_wrongGradients_areRefused() {
    Parts parts = new Parts();
    assertThatCode(() -> Checks.backward(spec, backward(parts).build(), Checks.HOST, RESERVE))
        .doesNotThrowAnyException();
    assertBackward(
        backward(parts).dResidual(null),
        "dResidual: expected a tensor, got none; the spec says there is one");
    assertBackward(
        backward(parts).affine(of(2), perChannel()),
        "dGamma: expected 3 elements (channels), got 2");
    assertBackward(
        backward(parts).affine(perChannel(), null),
        "dBeta: expected a tensor, got none; the spec says there is one");
    assertBackward(
        BackwardTensors.builder(parts.forward(), of(1), full()),
        "dy: expected 30 elements (2x3x5), got 1");
    assertBackward(
        BackwardTensors.builder(parts.forward(), full(), of(1)),
        "dx: expected 30 elements (2x3x5), got 1");
  }

  @Test
  void backward_maskRecomputed_needsBetaAndResidual() {
    Parts kept = new Parts();
    kept.beta = null;
    kept.residual = null;
    assertThatCode(() -> Checks.backward(spec, backward(kept).build(), Checks.HOST, RESERVE))
        .doesNotThrowAnyException();
    kept.reserve = null;
    assertBackward(backward(kept), "beta: expected a tensor, got none; the spec says there is one");
    kept.beta = perChannel();
    assertBackward(
        backward(kept), "residual: expected a tensor, got none; the spec says there is one");
  }

  /** Memory of a device that is not there; never read. */
  private record OnDevice(DataType dataType, long elements, int device, boolean isClosed)
      implements DeviceTensor {
    OnDevice(long elements, int device, boolean closed) {
      this(DataType.F32, elements, device, closed);
    }

    @Override
    public long address() {
      return 0x1000;
    }
  }
}
