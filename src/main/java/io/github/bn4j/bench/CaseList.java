package io.github.bn4j.bench;

import io.github.bn4j.bench.BenchmarkCase.Goal;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.SingleValuePolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The cases of problems: what a line leaves open is filled with what was asked for, and what it
 * states has to be among that. The same case from several lines is one case of their total weight.
 */
public final class CaseList {
  private final Map<BenchmarkCase, Integer> weights = new LinkedHashMap<>();
  private final Wanted wanted;

  /**
   * What is asked for.
   *
   * @param ops passes
   * @param layouts layouts
   * @param types types
   * @param unnamed what the user named none of, among op, layout and dtype: there the word of a
   *     line holds, whatever the lists say
   */
  public record Wanted(
      List<BenchmarkOp> ops, List<Layout> layouts, List<DataType> types, List<String> unnamed) {
    private boolean keeps(Problem p) {
      return (p.op() == null || unnamed.contains("op") || ops.contains(p.op()))
          && (p.layout() == null || unnamed.contains("layout") || layouts.contains(p.layout()))
          && (p.dtype() == null || unnamed.contains("dtype") || types.contains(p.dtype()));
    }
  }

  /** An empty list. */
  public CaseList(Wanted wanted) {
    this.wanted = wanted;
  }

  /** Adds the cases of a problem. */
  public void add(Problem problem, Goal goal) {
    if (!wanted.keeps(problem)) {
      return;
    }
    BenchmarkOp op = problem.op();
    Layout layout = problem.layout();
    DataType type = problem.dtype();
    // Without positions both layouts are the same.
    List<Layout> asked =
        problem.shape().rank() == 2 ? wanted.layouts.subList(0, 1) : wanted.layouts;
    for (Layout eachLayout : layout == null ? asked : List.of(layout)) {
      for (DataType eachType : type == null ? wanted.types : List.of(type)) {
        BatchNormSpec spec =
            BatchNormSpec.builder(problem.shape())
                .layout(eachLayout)
                .dataType(eachType)
                .activation(problem.relu() ? Activation.RELU : Activation.NONE)
                .singleValue(single(problem))
                .build();
        for (BenchmarkOp eachOp : op == null ? wanted.ops : List.of(op)) {
          weights.merge(
              new BenchmarkCase(eachOp, spec, goal, 1), problem.occurrences(), Math::addExact);
        }
      }
    }
  }

  /** Lists have a few shapes of one value per channel, which are to be measured like others. */
  private static SingleValuePolicy single(Problem problem) {
    return problem.shape().valuesPerChannel() == 1
        ? SingleValuePolicy.POPULATION
        : SingleValuePolicy.ERROR;
  }

  /** The cases in the order in which they came first. */
  public List<BenchmarkCase> cases() {
    return weights.entrySet().stream().map(one -> one.getKey().withWeight(one.getValue())).toList();
  }
}
