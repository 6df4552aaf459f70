package io.github.bn4j.verify;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.TensorShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The lists of cases that suites and tests are put together from. */
public final class Cases {
  private static final List<DataType> TYPES =
      List.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16);

  /** Small, and with enough channels and values for every code path: odd, not a power of two. */
  private static final TensorShape ODD = TensorShape.of(3, 5, 7, 7);

  /** Even, so that vectors of any width divide it. */
  private static final TensorShape EVEN = TensorShape.of(4, 8, 4, 8);

  /** Two values per channel: batch statistics are exact on exact values. */
  private static final TensorShape PAIRS = TensorShape.of(2, 37);

  private Cases() {}

  /**
   * Shapes that are small: ranks 2 to 5, one channel, primes, one past a block, no spatial size.
   */
  public static List<TensorShape> smallShapes() {
    return List.of(
        TensorShape.of(2, 1),
        TensorShape.of(19, 7),
        TensorShape.of(257, 3),
        TensorShape.of(3, 5, 13),
        ODD,
        EVEN,
        TensorShape.of(2, 33, 3, 3),
        TensorShape.of(1, 2, 25, 41),
        TensorShape.of(2, 3, 2, 3, 4),
        TensorShape.of(0, 4, 3, 3),
        TensorShape.of(2, 3, 0));
  }

  /** More shapes: sizes 1, prime and odd sizes, one past blocks and 16 bits. */
  public static List<TensorShape> moreShapes() {
    return List.of(
        TensorShape.of(1025, 2),
        TensorShape.of(2, 1025),
        TensorShape.of(65_537, 2),
        TensorShape.of(2, 65_537),
        TensorShape.of(128, 512),
        TensorShape.of(1, 1, 2),
        TensorShape.of(2, 2, 1025),
        TensorShape.of(5, 31, 1, 1),
        TensorShape.of(4, 129, 7, 7),
        TensorShape.of(2, 17, 17, 17),
        TensorShape.of(3, 4, 35, 35),
        TensorShape.of(1, 257, 5, 3),
        TensorShape.of(1, 3, 127, 131),
        TensorShape.of(1, 2, 3, 5, 7),
        TensorShape.of(2, 3, 9, 11, 13));
  }

  /** Shapes of a million elements or so: long reductions, and many slices. */
  public static List<TensorShape> largeShapes() {
    return List.of(TensorShape.of(8, 32, 56, 56), TensorShape.of(2, 3, 401, 403));
  }

  /** Every mode, type and layout on these shapes, ordinary values. */
  public static List<Case> plain(List<TensorShape> shapes) {
    List<Case> cases = new ArrayList<>();
    for (TensorShape shape : shapes) {
      everywhere(shape, spec -> cases.add(Case.of(spec.build())));
    }
    return cases;
  }

  /** Every mode, type and layout on every kind of hostile values. */
  public static List<Case> hard() {
    List<Case> cases = new ArrayList<>();
    for (HardInput input : HardInput.values()) {
      everywhere(ODD, spec -> cases.add(Case.of(spec.build(), input)));
    }
    return cases;
  }

  /** Every mode, type and layout with residual, ReLU and both; mask kept and recomputed. */
  public static List<Case> fused() {
    List<Case> cases = new ArrayList<>();
    for (TensorShape shape : List.of(ODD, EVEN)) {
      everywhere(
          shape,
          spec -> {
            cases.add(Case.of(spec.residual(true).build()));
            cases.add(Case.of(spec.activation(Activation.RELU).build()).withReserve());
            cases.add(Case.of(spec.residual(false).build()));
          });
    }
    everywhere(
        ODD,
        spec -> {
          Case both = Case.of(spec.residual(true).activation(Activation.RELU).build());
          cases.add(both);
          cases.add(both.withInPlace().withReserve());
          cases.add(Case.of(both.spec(), HardInput.NAN_CHANNEL).withReserve());
          cases.add(Case.of(both.spec(), HardInput.MEAN_1E4));
        });
    return cases;
  }

  /** Scale only, shift only, neither; each with a ReLU, whose mask needs both. */
  public static List<Case> affine() {
    List<Case> cases = new ArrayList<>();
    everywhere(
        ODD,
        spec -> {
          spec.activation(Activation.RELU);
          cases.add(Case.of(spec.affine(true, false).build()));
          cases.add(Case.of(spec.affine(false, true).build()));
          cases.add(Case.of(spec.affine(false, false).build()));
        });
    return cases;
  }

  /** In place, with nothing else. */
  public static List<Case> inPlace() {
    List<Case> cases = new ArrayList<>();
    everywhere(EVEN, spec -> cases.add(Case.of(spec.build()).withInPlace()));
    return cases;
  }

  /** Every convention, factor and policy of the running statistics. */
  public static List<Case> running() {
    List<Case> cases = new ArrayList<>();
    for (DataType type : TYPES) {
      for (Convention convention : Convention.values()) {
        cases.add(exact(type, spec -> spec.convention(convention)));
      }
      for (double factor : new double[] {0, 0.25, 1}) {
        cases.add(exact(type, spec -> spec.averageFactor(AverageFactor.of(factor))));
      }
      cases.add(exact(type, spec -> spec.averageFactor(AverageFactor.CUMULATIVE)));
    }
    for (Layout layout : Layout.values()) {
      BatchNormSpec.Builder spec = BatchNormSpec.builder(ODD).layout(layout);
      cases.add(Case.of(spec.averageFactor(AverageFactor.CUMULATIVE).build()));
      cases.add(Case.of(spec.convention(Convention.KERAS).build()));
      spec.nonFinite(NonFinitePolicy.SKIP_UPDATE);
      cases.add(Case.of(spec.build(), HardInput.NAN_CHANNEL));
      cases.add(Case.of(spec.build(), HardInput.INFINITE_CHANNEL));
      BatchNormSpec.Builder single = BatchNormSpec.builder(TensorShape.of(1, 9)).layout(layout);
      cases.add(Case.of(single.singleValue(SingleValuePolicy.POPULATION).build()));
      cases.add(Case.of(single.singleValue(SingleValuePolicy.KEEP_RUNNING).build()));
      cases.add(Case.of(single.mode(Mode.FROZEN).build()));
      BatchNormSpec.Builder untracked = BatchNormSpec.builder(ODD).layout(layout);
      untracked.trackRunningStatistics(false);
      cases.add(Case.of(untracked.build()));
      cases.add(Case.of(untracked.mode(Mode.INFERENCE).build()));
    }
    return cases;
  }

  /** Every mode, type and layout on large shapes, with everything fused. */
  public static List<Case> large(List<DataType> types) {
    List<Case> cases = new ArrayList<>();
    for (TensorShape shape : largeShapes()) {
      everywhere(
          shape,
          spec -> {
            BatchNormSpec fused = spec.residual(true).activation(Activation.RELU).build();
            if (types.contains(fused.dataType())) {
              cases.add(Case.of(fused).withReserve());
            }
          });
    }
    return cases;
  }

  private static Case exact(DataType type, Consumer<BatchNormSpec.Builder> change) {
    BatchNormSpec.Builder spec = BatchNormSpec.builder(PAIRS).dataType(type);
    change.accept(spec);
    return Case.of(spec.build(), HardInput.EXACT);
  }

  private static void everywhere(TensorShape shape, Consumer<BatchNormSpec.Builder> add) {
    for (Mode mode : Mode.values()) {
      for (DataType type : TYPES) {
        for (Layout layout : Layout.values()) {
          add.accept(BatchNormSpec.builder(shape).mode(mode).dataType(type).layout(layout));
        }
      }
    }
  }
}
