package io.github.bn4j.op;

/**
 * What one batch normalization computes: everything that a plan is made from, and nothing about
 * where.
 *
 * <p>Immutable; made by {@link #builder}. A builder checks each value and the combinations, so that
 * every spec is a computable one.
 *
 * @param shape sizes of {@code x}, {@code y} and the residual
 * @param layout where the channel axis lies
 * @param dataType type of activations and their gradients; statistics have its {@link
 *     DataType#statisticsType()}
 * @param mode which statistics normalize
 * @param epsilon added to the variance, greater than 0
 * @param averageFactor weight of the new running statistics
 * @param varianceKind which variance the running variance stores
 * @param hasScale true if there is a gamma
 * @param hasShift true if there is a beta
 * @param tracksRunningStatistics false if there are no running statistics; INFERENCE then uses
 *     batch statistics
 * @param activation applied last
 * @param hasResidual true if a tensor is added before the activation
 * @param policies what is done with degenerate input
 */
public record BatchNormSpec(
    TensorShape shape,
    Layout layout,
    DataType dataType,
    Mode mode,
    double epsilon,
    AverageFactor averageFactor,
    VarianceKind varianceKind,
    boolean hasScale,
    boolean hasShift,
    boolean tracksRunningStatistics,
    Activation activation,
    boolean hasResidual,
    Policies policies) {

  /** What is done with one value per channel, and with NaN and infinity. */
  public record Policies(SingleValuePolicy singleValue, NonFinitePolicy nonFinite) {
    /** ERROR and PROPAGATE. */
    public static final Policies DEFAULT =
        new Policies(SingleValuePolicy.ERROR, NonFinitePolicy.PROPAGATE);
  }

  /** Checks every value and combination. */
  public BatchNormSpec {
    if (!dataType.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "dataType: expected f32, f64, f16 or bf16, got " + dataType.label());
    }
    if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
      throw new IllegalArgumentException(
          "epsilon: expected a finite number > 0 (1e-5 is usual), got " + epsilon);
    }
    if (mode == Mode.FROZEN && !tracksRunningStatistics) {
      throw new IllegalArgumentException(
          "mode: FROZEN normalizes with running statistics, but tracksRunningStatistics is false;"
              + " use INFERENCE or TRAINING, or keep running statistics");
    }
    if (mode == Mode.TRAINING
        && policies.singleValue() == SingleValuePolicy.ERROR
        && shape.valuesPerChannel() == 1) {
      throw new IllegalArgumentException(
          "shape: expected more than 1 value per channel in TRAINING, got m = 1 for "
              + shape.channels()
              + " channels in "
              + shape
              + "; use a larger batch, or SingleValuePolicy KEEP_RUNNING or POPULATION");
    }
  }

  /**
   * A builder with the defaults of {@link Convention#PYTORCH}, TRAINING, f32, channel second,
   * affine.
   */
  public static Builder builder(TensorShape shape) {
    return new Builder(shape);
  }

  /** A builder that starts from this spec. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** True if this pass normalizes with the statistics of its own batch. */
  public boolean usesBatchStatistics() {
    return mode == Mode.TRAINING || !tracksRunningStatistics;
  }

  /**
   * True if a forward pass changes the running statistics: TRAINING with tracking, on a batch that
   * is not empty, and not a single value under KEEP_RUNNING.
   */
  public boolean updatesRunningStatistics() {
    long m = shape.valuesPerChannel();
    return mode == Mode.TRAINING
        && tracksRunningStatistics
        && m > 0
        && (m > 1 || policies.singleValue() != SingleValuePolicy.KEEP_RUNNING);
  }

  /**
   * What the population variance is multiplied by before it is averaged: {@code m / (m - 1)} or 1.
   */
  public double varianceCorrection() {
    long m = shape.valuesPerChannel();
    return varianceKind == VarianceKind.UNBIASED && m > 1 ? (double) m / (m - 1) : 1;
  }

  /** Type of gamma, beta, running and saved statistics. */
  public DataType statisticsType() {
    return dataType.statisticsType();
  }

  /** One line: {@code TRAINING 32x64x56x56 nchw f32 relu residual}. */
  public String describe() {
    return mode
        + " "
        + shape
        + " "
        + layout.label()
        + " "
        + dataType.label()
        + (activation == Activation.RELU ? " relu" : "")
        + (hasResidual ? " residual" : "");
  }

  /** Collects the values of a spec; each method returns the builder. */
  public static final class Builder {
    private TensorShape shape;
    private Layout layout = Layout.CHANNEL_SECOND;
    private DataType dataType = DataType.F32;
    private Mode mode = Mode.TRAINING;
    private double epsilon = 1e-5;
    private AverageFactor averageFactor = AverageFactor.of(0.1);
    private VarianceKind varianceKind = VarianceKind.UNBIASED;
    private boolean scale = true;
    private boolean shift = true;
    private boolean tracks = true;
    private Activation activation = Activation.NONE;
    private boolean residual;
    private Policies policies = Policies.DEFAULT;

    private Builder(TensorShape shape) {
      this.shape = shape;
    }

    private Builder(BatchNormSpec spec) {
      shape = spec.shape;
      layout = spec.layout;
      dataType = spec.dataType;
      mode = spec.mode;
      epsilon = spec.epsilon;
      averageFactor = spec.averageFactor;
      varianceKind = spec.varianceKind;
      scale = spec.hasScale;
      shift = spec.hasShift;
      tracks = spec.tracksRunningStatistics;
      activation = spec.activation;
      residual = spec.hasResidual;
      policies = spec.policies;
    }

    /** Sizes of the activations. */
    public Builder shape(TensorShape value) {
      shape = value;
      return this;
    }

    /** Where the channel axis lies. */
    public Builder layout(Layout value) {
      layout = value;
      return this;
    }

    /** Type of the activations. */
    public Builder dataType(DataType value) {
      dataType = value;
      return this;
    }

    /** Which statistics normalize. */
    public Builder mode(Mode value) {
      mode = value;
      return this;
    }

    /** Added to the variance. */
    public Builder epsilon(double value) {
      epsilon = value;
      return this;
    }

    /** Weight of the new running statistics. */
    public Builder averageFactor(AverageFactor value) {
      averageFactor = value;
      return this;
    }

    /** Which variance the running variance stores. */
    public Builder varianceKind(VarianceKind value) {
      varianceKind = value;
      return this;
    }

    /**
     * Takes variance kind, momentum and epsilon of a convention; the latter two only where it has
     * defaults.
     */
    public Builder convention(Convention convention) {
      varianceKind = convention.varianceKind();
      convention
          .defaultMomentum()
          .ifPresent(momentum -> averageFactor = convention.averageFactor(momentum));
      convention.defaultEpsilon().ifPresent(value -> epsilon = value);
      return this;
    }

    /** Which of gamma and beta there are. */
    public Builder affine(boolean hasScale, boolean hasShift) {
      scale = hasScale;
      shift = hasShift;
      return this;
    }

    /** Whether there are running statistics. */
    public Builder trackRunningStatistics(boolean value) {
      tracks = value;
      return this;
    }

    /** What is applied last. */
    public Builder activation(Activation value) {
      activation = value;
      return this;
    }

    /** Whether a residual is added before the activation. */
    public Builder residual(boolean value) {
      residual = value;
      return this;
    }

    /** What TRAINING does with one value per channel. */
    public Builder singleValue(SingleValuePolicy value) {
      policies = new Policies(value, policies.nonFinite());
      return this;
    }

    /** What TRAINING does with the running statistics of a non-finite channel. */
    public Builder nonFinite(NonFinitePolicy value) {
      policies = new Policies(policies.singleValue(), value);
      return this;
    }

    /**
     * The spec.
     *
     * @throws IllegalArgumentException for a value or combination that cannot be computed
     */
    public BatchNormSpec build() {
      return new BatchNormSpec(
          shape,
          layout,
          dataType,
          mode,
          epsilon,
          averageFactor,
          varianceKind,
          scale,
          shift,
          tracks,
          activation,
          residual,
          policies);
    }
  }
}
