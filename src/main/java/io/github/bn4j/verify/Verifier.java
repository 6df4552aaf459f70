package io.github.bn4j.verify;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.verify.Row.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs backends over cases and samples, and compares them with the reference and PyTorch. */
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

  /** Runs a list of cases. */
  public Report run(List<Case> cases, Progress progress) {
    return run(cases, List.of(), progress);
  }

  /** Runs a list of cases, and a list of samples. */
  public Report run(List<Case> cases, List<GoldenSample> samples, Progress progress) {
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
    if (available.isEmpty()) {
      return new Report(rows);
    }
    int total = samples.size() + cases.size();
    int done = 0;
    for (GoldenSample sample : samples) {
      progress.at(done++, total, sample.name());
      available.forEach(backend -> rows.addAll(run(backend, sample)));
    }
    for (Case c : cases) {
      progress.at(done++, total, c.name());
      Judge judge = new Judge(c);
      available.forEach(backend -> rows.addAll(run(backend, c, judge)));
    }
    progress.at(done, total, "done");
    return new Report(rows);
  }

  private List<Row> run(Backend backend, Case c, Judge judge) {
    Labels labels = new Labels(backend, c.group(), c.name());
    return attempt(
        labels,
        c,
        rows -> {
          CaseRunner runner = new CaseRunner(backend, options);
          Map<Quantity, HostTensor> results = runner.run(c, judge.inputs(), judge.expected());
          // The judge against itself would show nothing; it is held to PyTorch's samples.
          boolean isJudge = backend instanceof ReferenceBackend;
          if (!isJudge) {
            judge
                .compare(results)
                .forEach((quantity, found) -> rows.add(row(labels, quantity.label(), found)));
          }
          Map<Quantity, HostTensor> again = runner.run(c, judge.inputs(), judge.expected());
          Judge.compareBits(results, again)
              .forEach((quantity, found) -> addRepetition(rows, labels, quantity, found, isJudge));
        });
  }

  private List<Row> run(Backend backend, GoldenSample sample) {
    Labels labels = new Labels(backend, sample.group(), sample.name());
    return attempt(
        labels,
        sample.asCase(),
        rows -> {
          CaseRunner runner = new CaseRunner(backend, options);
          sample
              .compare(runner.run(sample.asCase(), sample.inputs(), null))
              .forEach((quantity, found) -> rows.add(row(labels, quantity.label(), found)));
        });
  }

  /** What the rows of a case have in common. */
  private record Labels(Backend backend, String group, String name) {}

  /**
   * Runs a case unless the backend refuses it; an exception is a failure, and not the last word.
   */
  private static List<Row> attempt(Labels labels, Case c, Consumer<List<Row>> run) {
    Support support = labels.backend.supports(c.spec());
    if (!support.isYes()) {
      return List.of(refused(labels.backend, labels.group, labels.name, support));
    }
    List<Row> rows = new ArrayList<>();
    try {
      run.accept(rows);
    } catch (RuntimeException | LinkageError e) {
      rows.add(
          new Row(
              labels.backend.name(),
              labels.group,
              labels.name,
              "all",
              Verdict.FAILED,
              null,
              e.toString()));
    }
    return rows;
  }

  /** A row for bits that differ; that they are the same goes without saying, if others say more. */
  private static void addRepetition(
      List<Row> rows, Labels labels, Quantity quantity, Comparison found, boolean always) {
    if (always || !found.holds()) {
      rows.add(row(labels, quantity.label() + " on repetition", found));
    }
  }

  private static Row row(Labels labels, String what, Comparison found) {
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
    return new Row(labels.backend.name(), labels.group, labels.name, what, verdict, found, reason);
  }

  private static Row refused(Backend backend, String group, String name, Support support) {
    return new Row(backend.name(), group, name, "all", Verdict.REFUSED, null, support.reason());
  }
}
