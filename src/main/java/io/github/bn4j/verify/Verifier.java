package io.github.bn4j.verify;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.verify.Row.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs backends over a suite of cases and compares them with the reference. */
public final class Verifier {
  private final List<Backend> backends;
  private final PlanOptions options;

  /**
   * A verifier.
   *
   * @param backends to be judged; one that is not available gets one row with its reason
   * @param options of their plans
   */
  public Verifier(List<Backend> backends, PlanOptions options) {
    this.backends = List.copyOf(backends);
    this.options = options;
  }

  /** Runs a suite. */
  public Report run(Suite suite, Progress progress) {
    return run(suite.cases(), progress);
  }

  /** Runs a list of cases. */
  public Report run(List<Case> cases, Progress progress) {
    List<Row> rows = new ArrayList<>();
    List<Backend> available = new ArrayList<>();
    for (Backend backend : backends) {
      Support support = backend.available();
      if (support.isYes()) {
        available.add(backend);
      } else {
        rows.add(refused(backend, "all", "all cases", support));
      }
    }
    if (!available.isEmpty()) {
      run(cases, available, rows, progress);
    }
    return new Report(rows);
  }

  private void run(List<Case> cases, List<Backend> available, List<Row> rows, Progress progress) {
    for (int i = 0; i < cases.size(); i++) {
      Case c = cases.get(i);
      progress.at(i, cases.size(), c.name());
      Judge judge = new Judge(c);
      for (Backend backend : available) {
        rows.addAll(run(backend, c, judge));
      }
    }
    progress.at(cases.size(), cases.size(), "done");
  }

  private List<Row> run(Backend backend, Case c, Judge judge) {
    Support support = backend.supports(c.spec());
    if (!support.isYes()) {
      return List.of(refused(backend, c.group(), c.name(), support));
    }
    List<Row> rows = new ArrayList<>();
    try {
      CaseRunner runner = new CaseRunner(backend, options);
      Map<Quantity, HostTensor> results = runner.run(c, judge.inputs(), judge.expected());
      judge
          .compare(results)
          .forEach((quantity, found) -> rows.add(row(backend, c, quantity.label(), found)));
      Map<Quantity, HostTensor> again = runner.run(c, judge.inputs(), judge.expected());
      Judge.compareBits(results, again)
          .forEach((quantity, found) -> addRepetition(rows, backend, c, quantity, found));
    } catch (RuntimeException | LinkageError e) {
      rows.add(
          new Row(backend.name(), c.group(), c.name(), "all", Verdict.FAILED, null, e.toString()));
    }
    return rows;
  }

  /** A row for bits that differ; that they are the same goes without saying. */
  private static void addRepetition(
      List<Row> rows, Backend backend, Case c, Quantity quantity, Comparison found) {
    if (!found.holds()) {
      rows.add(row(backend, c, quantity.label() + " on repetition", found));
    }
  }

  private static Row row(Backend backend, Case c, String what, Comparison found) {
    String reason =
        found.holds()
            ? null
            : found.failures()
                + " elements beyond their bounds, the worst at index "
                + found.index()
                + ": error "
                + found.worstError()
                + ", bound "
                + found.bound();
    Verdict verdict = found.holds() ? Verdict.OK : Verdict.FAILED;
    return new Row(backend.name(), c.group(), c.name(), what, verdict, found, reason);
  }

  private static Row refused(Backend backend, String group, String name, Support support) {
    return new Row(backend.name(), group, name, "all", Verdict.REFUSED, null, support.reason());
  }
}
