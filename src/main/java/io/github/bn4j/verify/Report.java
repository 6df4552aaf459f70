package io.github.bn4j.verify;

import io.github.bn4j.verify.Row.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a verification found.
 *
 * @param rows every result of every case, in the order in which they were computed
 */
public record Report(List<Row> rows) {
  /** Keeps a copy. */
  public Report {
    rows = List.copyOf(rows);
  }

  /** True if nothing failed. What was refused does not count: see {@link #computed}. */
  public boolean holds() {
    return rows.stream().noneMatch(row -> row.verdict() == Verdict.FAILED);
  }

  /** Number of results of a backend that were compared; 0 if it refused everything. */
  public long computed(String backend) {
    return rows.stream()
        .filter(row -> row.backend().equals(backend) && row.verdict() != Verdict.REFUSED)
        .count();
  }

  /** The rows that failed. */
  public List<Row> failures() {
    return rows.stream().filter(row -> row.verdict() == Verdict.FAILED).toList();
  }

  /** One line per backend and group. */
  public List<Summary> summary() {
    Map<String, List<Row>> groups = new LinkedHashMap<>();
    for (Row row : rows) {
      groups.computeIfAbsent(row.backend() + '\n' + row.group(), key -> new ArrayList<>()).add(row);
    }
    return groups.values().stream().map(Summary::of).toList();
  }

  /**
   * The rows of one group on one backend.
   *
   * @param worst the failed row, or else the one that comes nearest to its bound, or else a refusal
   * @param ok number of rows that hold
   * @param failed number of rows that failed
   * @param refused number of rows that were refused
   */
  public record Summary(Row worst, long ok, long failed, long refused) {
    private static Summary of(List<Row> rows) {
      Row worst = rows.get(0);
      for (Row row : rows) {
        if (badness(row) > badness(worst)) {
          worst = row;
        }
      }
      return new Summary(
          worst,
          count(rows, Verdict.OK),
          count(rows, Verdict.FAILED),
          count(rows, Verdict.REFUSED));
    }

    /** Failures come before results that hold, and these before refusals. */
    private static double badness(Row row) {
      return switch (row.verdict()) {
        case FAILED -> 2 + Math.min(row.ratio(), Double.MAX_VALUE);
        case OK -> Math.min(1, row.ratio());
        case REFUSED -> -1;
      };
    }

    private static long count(List<Row> rows, Verdict verdict) {
      return rows.stream().filter(row -> row.verdict() == verdict).count();
    }
  }
}
