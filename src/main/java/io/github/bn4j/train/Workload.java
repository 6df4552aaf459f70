package io.github.bn4j.train;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.network.Architectures;
import io.github.bn4j.train.network.LearnedTensor;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The same training on two backends, compared at its end: a few hundred steps of forward, backward
 * and update from the same start.
 *
 * <p>How far two right backends may be apart is not a number that can be known beforehand, since
 * training makes small differences larger. So it is measured in the same run: training is repeated
 * on the {@code cpu} backend from a start whose parameters are changed by one rounding (2^-24 of
 * each), and what that comes to is multiplied by what a backend adds to it. A pass is within 4 such
 * roundings of the exact result (docs/numerics.md); they are made anew in each step with random
 * signs, so they grow with the square root of the steps. Another engine also sums the products of
 * dense layers and convolutions in another order, up to 784 of them: the square root of that, 28,
 * on top.
 */
public final class Workload {
  private static final int BATCH = 32;

  /**
   * Small, since with larger steps cnn soon multiplies a difference: maxima and ReLU switch over.
   */
  private static final double RATE = 3e-4;

  private static final double ROUNDING = 0x1p-24;
  private static final double ROUNDINGS_OF_PASS = 4;
  private static final double ROUNDINGS_OF_SUM = 28;
  private static final int PERTURBED_RUNS = 2;

  /** A wrong gradient is off by more than this within some steps; larger bounds prove nothing. */
  private static final double LARGEST_BOUND = 0.1;

  private static final long SEED = 1;

  private final String network;
  private final int steps;
  private final DataSet data;
  private final int threads;
  private final Outcome judge;
  private final Map<String, Double> sensitivity;

  /**
   * One comparison.
   *
   * @param what loss, parameters, running means or running variances
   * @param difference Euclidean length of the difference of all values, by that of the values
   * @param bound what it must not exceed
   */
  public record Finding(
      String network, String backend, String what, double difference, double bound) {
    /** True if within a bound that says something; never for NaN. */
    public boolean holds() {
      return difference <= bound && bound <= LARGEST_BOUND;
    }
  }

  private record Outcome(boolean onDevice, Map<String, double[]> values) {}

  /** Runs the judge, {@code reference}, and measures how sensitive the training is. */
  public Workload(String network, int steps, DataSet data, int threads) {
    this.network = network;
    this.steps = steps;
    this.data = data;
    this.threads = threads;
    this.judge = run("reference", 0);
    Outcome exact = run("cpu", 0);
    this.sensitivity = new TreeMap<>();
    for (int i = 1; i <= PERTURBED_RUNS; i++) {
      differences(exact, run("cpu", i))
          .forEach((what, far) -> sensitivity.merge(what, far, Math::max));
    }
  }

  /** The same training on a backend, compared with the judge's. */
  public List<Finding> compare(String backend) {
    Outcome outcome = run(backend, 0);
    boolean sameEngine = outcome.onDevice == judge.onDevice;
    double roundings = ROUNDINGS_OF_PASS * (sameEngine ? 1 : ROUNDINGS_OF_SUM);
    double factor = roundings * Math.sqrt(steps);
    return differences(judge, outcome).entrySet().stream()
        .map(
            each ->
                new Finding(
                    network,
                    backend,
                    each.getKey(),
                    each.getValue(),
                    factor * sensitivity.getOrDefault(each.getKey(), 0.0)))
        .toList();
  }

  private Outcome run(String backend, int perturbation) {
    Engines.Choice choice = Engines.choose(backend);
    TrainingSpec spec =
        new TrainingSpec(
            Architectures.of(network, Architectures.defaultSize(network), true),
            new OptimizerSpec.Sgd(RATE, 0.9),
            1,
            BATCH,
            SEED,
            false);
    try (Engine engine = choice.open(PlanOptions.DEFAULT.withThreads(threads));
        Training training = new Training(spec, data, engine, choice.backend())) {
      if (perturbation > 0) {
        perturb(training, new SplittableRandom(perturbation));
      }
      Map<String, double[]> values = new TreeMap<>();
      values.put("loss", training.lossesOf(steps));
      for (Map.Entry<String, StoredTensor> each : training.network().state().tensors().entrySet()) {
        values.put(each.getKey(), each.getValue().values().toDoubles());
      }
      return new Outcome(choice.provider().onDevice(), values);
    }
  }

  private static void perturb(Training training, SplittableRandom random) {
    for (LearnedTensor each : training.network().learned()) {
      HostTensor value = training.memory().toHost(each.value());
      for (long i = 0; i < value.elements(); i++) {
        double sign = random.nextBoolean() ? 1 : -1;
        // Rounding to nearest would undo half of a unit: a whole one, up or down.
        value.set(i, value.get(i) * (1 + sign * 2 * ROUNDING));
      }
      training.memory().write(each.value(), value);
    }
  }

  /** Of each kind of values, all tensors together: the length of the difference by their length. */
  private static Map<String, Double> differences(Outcome expected, Outcome got) {
    Map<String, double[]> squares = new TreeMap<>();
    expected.values.forEach(
        (name, values) -> {
          double[] others = got.values.getOrDefault(name, new double[0]);
          double[] sums = squares.computeIfAbsent(kind(name), kind -> new double[2]);
          for (int i = 0; i < values.length; i++) {
            double difference = others.length == values.length ? values[i] - others[i] : Double.NaN;
            sums[0] += difference * difference;
            sums[1] += values[i] * values[i];
          }
        });
    Map<String, Double> relative = new TreeMap<>();
    squares.forEach((kind, sums) -> relative.put(kind, Math.sqrt(sums[0] / sums[1])));
    return relative;
  }

  private static String kind(String name) {
    if (name.equals("loss")) {
      return "loss";
    }
    if (name.endsWith("running_mean")) {
      return "running means";
    }
    if (name.endsWith("running_var")) {
      return "running variances";
    }
    return name.endsWith("num_batches_tracked") ? "batches counted" : "parameters";
  }
}
