package io.github.bn4j.verify;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.HostTensor;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the reference says about a case, and how near to it others have to come. Made once per case,
 * used for every backend.
 */
public final class Judge {
  private final Case judged;
  private final CaseInputs inputs;
  private final Tolerance tolerance;
  private final Map<Quantity, HostTensor> expected;

  /** Computes the reference's results. */
  public Judge(Case judged) {
    this.judged = judged;
    this.inputs = CaseInputs.of(judged);
    this.tolerance = new Tolerance(judged.spec(), inputs);
    if (judged.spec().activation() != Activation.NONE && judged.hasBackward()) {
      clearUndecidable();
    }
    Case apart = new Case(judged.spec(), judged.input(), false, false);
    this.expected = reference().run(apart, inputs, null);
  }

  private static CaseRunner reference() {
    return new CaseRunner(new ReferenceBackend(), PlanOptions.DEFAULT);
  }

  /** Sets dy to 0 where the sign of the pre-activation is a matter of rounding. */
  private void clearUndecidable() {
    BatchNormSpec linear = judged.spec().toBuilder().activation(Activation.NONE).build();
    HostTensor z = reference().run(Case.of(linear, judged.input()), inputs, null).get(Quantity.Y);
    for (long i = 0; z != null && i < z.elements(); i++) {
      if (Math.abs(z.get(i)) <= tolerance.margin(i)) {
        inputs.dy().set(i, 0);
      }
    }
  }

  /** The values to start from. */
  public CaseInputs inputs() {
    return inputs;
  }

  /** The reference's results. */
  public Map<Quantity, HostTensor> expected() {
    return expected;
  }

  /**
   * Compares a backend's results with the reference's.
   *
   * @param actual by {@link CaseRunner#run}, given {@link #inputs} and {@link #expected}
   * @throws IllegalArgumentException if a result is missing
   */
  public Map<Quantity, Comparison> compare(Map<Quantity, HostTensor> actual) {
    Map<Quantity, Comparison> comparisons = new EnumMap<>(Quantity.class);
    expected.forEach(
        (quantity, reference) -> {
          HostTensor result = actual.get(quantity);
          if (result == null) {
            throw new IllegalArgumentException(
                "results: expected " + quantity.label() + ", got none");
          }
          Bound bound = bound(quantity);
          comparisons.put(
              quantity,
              quantity.isStatistic()
                  ? Comparison.ofStatistics(reference, result, bound)
                  : Comparison.of(reference, result, bound));
        });
    return comparisons;
  }

  private Bound bound(Quantity quantity) {
    boolean running = quantity == Quantity.RUNNING_MEAN || quantity == Quantity.RUNNING_VARIANCE;
    boolean untouched = !judged.spec().updatesRunningStatistics();
    if (running && untouched) {
      return Bound.EXACT;
    }
    boolean exact =
        judged.input() == HardInput.EXACT && judged.spec().shape().valuesPerChannel() <= 2;
    return running && exact ? tolerance.ofUpdate() : tolerance.of(quantity);
  }

  /** Compares the bits of two runs of a backend. */
  public static Map<Quantity, Comparison> compareBits(
      Map<Quantity, HostTensor> first, Map<Quantity, HostTensor> second) {
    Map<Quantity, Comparison> comparisons = new EnumMap<>(Quantity.class);
    first.forEach(
        (quantity, result) -> {
          HostTensor again = second.get(quantity);
          if (again == null) {
            throw new IllegalArgumentException(
                "results: expected " + quantity.label() + ", got none");
          }
          comparisons.put(quantity, Comparison.ofBits(result, again));
        });
    return comparisons;
  }
}
