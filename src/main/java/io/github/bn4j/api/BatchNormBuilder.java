package io.github.bn4j.api;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a layer is; each method returns the builder, {@link #build} checks.
 *
 * <p>Defaults: f32, channel second, PyTorch's convention with its momentum 0.1 and epsilon 1e-5,
 * scale and shift, running statistics, no activation, no residual, backend {@code auto}.
 */
public final class BatchNormBuilder {
  private final BatchNormSpec.Builder spec;
  private final long channels;
  private final BackendList backends;
  private Convention convention = Convention.PYTORCH;
  private @Nullable AverageFactor cumulative;
  private @Nullable Double momentum;
  private @Nullable Double epsilon;
  private String backendName = Backends.AUTO;
  private PlanOptions options = PlanOptions.DEFAULT;
  private @Nullable Tensor gamma;
  private @Nullable Tensor beta;
  private @Nullable Tensor dGamma;
  private @Nullable Tensor dBeta;
  private @Nullable RunningStatistics running;

  BatchNormBuilder(long channels, BackendList backends) {
    if (channels < 1) {
      throw new IllegalArgumentException("channels: expected at least 1, got " + channels);
    }
    this.channels = channels;
    this.backends = backends;
    // Stands for every shape until a call brings one: 2 is the least batch that can be trained on.
    this.spec = BatchNormSpec.builder(TensorShape.of(2, channels));
  }

  /** Type of activations; parameters and statistics are f32, or f64 for f64. */
  public BatchNormBuilder dataType(DataType value) {
    spec.dataType(value);
    return this;
  }

  /** Where the channel axis lies. */
  public BatchNormBuilder layout(Layout value) {
    spec.layout(value);
    return this;
  }

  /** Whose defaults, whose meaning of momentum and whose running variance. */
  public BatchNormBuilder convention(Convention value) {
    convention = value;
    return this;
  }

  /** Momentum in the meaning of the convention, in [0, 1]. */
  public BatchNormBuilder momentum(double value) {
    momentum = value;
    cumulative = null;
    return this;
  }

  /** Running statistics are the plain mean over all batches: PyTorch's momentum "None". */
  public BatchNormBuilder cumulative() {
    cumulative = AverageFactor.CUMULATIVE;
    return this;
  }

  /** Added to the variance, greater than 0. */
  public BatchNormBuilder epsilon(double value) {
    epsilon = value;
    return this;
  }

  /** Which of gamma and beta there are. */
  public BatchNormBuilder affine(boolean hasScale, boolean hasShift) {
    spec.affine(hasScale, hasShift);
    return this;
  }

  /** Whether there are running statistics; without them, inference uses the batch's. */
  public BatchNormBuilder trackRunningStatistics(boolean value) {
    spec.trackRunningStatistics(value);
    return this;
  }

  /** What is applied last. */
  public BatchNormBuilder activation(Activation value) {
    spec.activation(value);
    return this;
  }

  /** Whether a residual is added before the activation. */
  public BatchNormBuilder residual(boolean value) {
    spec.residual(value);
    return this;
  }

  /** What training does with one value per channel. */
  public BatchNormBuilder singleValue(SingleValuePolicy value) {
    spec.singleValue(value);
    return this;
  }

  /** What training does with the running statistics of a channel with NaN or infinity. */
  public BatchNormBuilder nonFinite(NonFinitePolicy value) {
    spec.nonFinite(value);
    return this;
  }

  /** Name of the backend, or {@code auto}: the first of {@link Backends#all} that can. */
  public BatchNormBuilder backend(String name) {
    backendName = name;
    return this;
  }

  /** Threads of a CPU backend; device and stream of a GPU backend. */
  public BatchNormBuilder options(PlanOptions value) {
    options = value;
    return this;
  }

  /**
   * Uses the caller's tensors for gamma and beta, as they are and without a copy; null for one that
   * the layer shall own.
   */
  public BatchNormBuilder parameters(@Nullable Tensor gammaValue, @Nullable Tensor betaValue) {
    gamma = gammaValue;
    beta = betaValue;
    return this;
  }

  /** Uses the caller's tensors for the gradients; null for one that the layer shall own. */
  public BatchNormBuilder gradients(@Nullable Tensor dGammaValue, @Nullable Tensor dBetaValue) {
    dGamma = dGammaValue;
    dBeta = dBetaValue;
    return this;
  }

  /** Uses the caller's running statistics, as they are and without a copy. */
  public BatchNormBuilder running(RunningStatistics value) {
    running = value;
    return this;
  }

  /**
   * The layer. Tensors that it owns start as in PyTorch: gamma 1, beta 0, running mean 0, running
   * variance 1, batches 0.
   *
   * @throws IllegalArgumentException for a value, combination or wrapped tensor that does not fit,
   *     or a backend that is unknown or cannot be used
   */
  public BatchNorm build() {
    return new BatchNorm(this);
  }

  BatchNormSpec template() {
    spec.convention(convention);
    if (cumulative != null) {
      spec.averageFactor(cumulative);
    } else if (momentum != null) {
      spec.averageFactor(convention.averageFactor(momentum));
    } else if (convention.defaultMomentum().isEmpty()) {
      throw new IllegalArgumentException(
          "momentum: expected a value, since the convention %s has no default, got none"
              .formatted(convention.label()));
    }
    if (epsilon != null) {
      spec.epsilon(epsilon);
    } else if (convention.defaultEpsilon().isEmpty()) {
      throw new IllegalArgumentException(
          "epsilon: expected a value, since the convention %s has no default, got none"
              .formatted(convention.label()));
    }
    return spec.build();
  }

  /** The backend in whose memory the layer's tensors live. */
  Backend home(BatchNormSpec template) {
    Boolean wrappedOnDevice =
        Stream.of(gamma, beta, dGamma, dBeta, running == null ? null : running.mean())
            .filter(Objects::nonNull)
            .map(tensor -> tensor instanceof DeviceTensor)
            .findFirst()
            .orElse(null);
    return backends.choose(
        backendName,
        template,
        backend -> wrappedOnDevice == null || backend.onDevice() == wrappedOnDevice);
  }

  String backendName() {
    return backendName;
  }

  BackendList backends() {
    return backends;
  }

  PlanOptions options() {
    return options;
  }

  LayerTensors tensors(BatchNormSpec template, Memory memory) {
    Slots slots = new Slots(template, memory, channels);
    return new LayerTensors(
        slots.of("gamma", gamma, template.hasScale(), 1),
        slots.of("beta", beta, template.hasShift(), 0),
        slots.of("dGamma", dGamma, template.hasScale(), 0),
        slots.of("dBeta", dBeta, template.hasShift(), 0),
        slots.running(running),
        options);
  }

  /** Takes the caller's tensor or makes one. */
  private record Slots(BatchNormSpec template, Memory memory, long channels) {
    @Nullable Tensor of(String name, @Nullable Tensor given, boolean has, double initial) {
      if (!has) {
        if (given != null) {
          throw new IllegalArgumentException(
              name + ": expected none, since affine() leaves it out, got a tensor");
        }
        return null;
      }
      return perChannel(name, given, initial);
    }

    private Tensor perChannel(String name, @Nullable Tensor given, double initial) {
      DataType type = template.statisticsType();
      if (given == null) {
        Tensor made = memory.allocate(type, channels);
        if (initial != 0) {
          double[] values = new double[Math.toIntExact(channels)];
          Arrays.fill(values, initial);
          HostTensor filled = HostTensor.allocate(type, channels);
          filled.write(0, values, 0, values.length);
          memory.write(made, filled);
        }
        return made;
      }
      if (given.dataType() != type || given.elements() != channels) {
        throw new IllegalArgumentException(
            "%s: expected %d elements (channels) of %s, got %d of %s"
                .formatted(
                    name, channels, type.label(), given.elements(), given.dataType().label()));
      }
      return given;
    }

    @Nullable RunningStatistics running(@Nullable RunningStatistics given) {
      if (!template.tracksRunningStatistics()) {
        if (given != null) {
          throw new IllegalArgumentException(
              "running: expected none, since trackRunningStatistics is false, got tensors");
        }
        return null;
      }
      if (given == null) {
        return new RunningStatistics(
            perChannel("running.mean", null, 0),
            perChannel("running.variance", null, 1),
            memory.allocate(DataType.I64, 1));
      }
      perChannel("running.mean", given.mean(), 0);
      perChannel("running.variance", given.variance(), 0);
      return given;
    }
  }
}
