package io.github.bn4j.cli;

import io.github.bn4j.verify.Comparison;
import io.github.bn4j.verify.Report;
import io.github.bn4j.verify.Row;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A verification's report as a table, the failures in full below it. */
final class VerifyTable {
  /** Failures shown in full; the others are in the JSON report. */
  private static final int FAILURES_SHOWN = 10;

  private final Screen screen;

  VerifyTable(Screen screen) {
    this.screen = screen;
  }

  void print(Report report) {
    PrintWriter out = screen.out();
    List<Report.Summary> lines =
        report.summary().stream()
            .filter(line -> line.ok() + line.failed() > 0)
            .sorted(Comparator.comparing(line -> line.worst().backend()))
            .toList();
    List<Table.Field<Report.Summary>> fields =
        List.of(
            Table.Field.word("backend", line -> line.worst().backend()),
            Table.Field.word("cases", line -> line.worst().group()),
            Table.Field.number("ok", line -> Long.toString(line.ok())),
            Table.Field.<Report.Summary>number("failed", line -> Long.toString(line.failed()))
                .badWhere(line -> line.failed() > 0),
            Table.Field.number("refused", line -> Long.toString(line.refused())),
            Table.Field.word("worst", line -> worst(line.worst())));
    Table.of(fields, lines).print(screen);
    notes(report, out);
    verdict(report, out);
  }

  private static String worst(Row row) {
    Comparison found = row.comparison();
    if (found == null) {
      return row.what();
    }
    if (found.worstError() == 0) {
      return "exact";
    }
    return String.format(
        Locale.ROOT,
        "%.1e of %.1e  %s[%d] of %s",
        found.worstError(),
        found.bound(),
        row.what(),
        found.index(),
        shortName(row));
  }

  /** Without what the group says already: the shape, or else the name of a sample. */
  private static String shortName(Row row) {
    String[] words = row.name().split("[ ,]+", 3);
    return words.length > 1 && Character.isDigit(words[1].charAt(0)) ? words[1] : row.name();
  }

  /** Backends that did not take part, and what some refused. */
  private void notes(Report report, PrintWriter out) {
    report.summary().stream()
        .filter(line -> line.refused() > 0)
        .map(
            line ->
                "%s, %s: %d not computed: %s"
                    .formatted(
                        line.worst().backend(),
                        line.worst().group(),
                        line.refused(),
                        refusal(report, line.worst())))
        .distinct()
        .forEach(note -> out.printf("%n%s", note));
    out.println();
  }

  private static String refusal(Report report, Row like) {
    return report.rows().stream()
        .filter(row -> row.verdict() == Row.Verdict.REFUSED)
        .filter(row -> row.backend().equals(like.backend()) && row.group().equals(like.group()))
        .map(row -> String.valueOf(row.reason()))
        .findFirst()
        .orElse("");
  }

  private void verdict(Report report, PrintWriter out) {
    List<Row> failures = report.failures();
    for (Row row : failures.stream().limit(FAILURES_SHOWN).toList()) {
      out.printf(
          "%s %s: %s of %s: %s%n",
          screen.bad("FAILED"), row.backend(), row.what(), row.name(), row.reason());
    }
    if (failures.size() > FAILURES_SHOWN) {
      out.printf("... and %d more, see --json%n", failures.size() - FAILURES_SHOWN);
    }
    long ok = report.rows().stream().filter(row -> row.verdict() == Row.Verdict.OK).count();
    if (report.holds()) {
      out.printf("%s: %d results, all within their bounds%n", screen.good("OK"), ok);
    } else {
      out.printf(
          "%s: %d results of %d%n", screen.bad("FAILED"), failures.size(), ok + failures.size());
    }
  }
}
