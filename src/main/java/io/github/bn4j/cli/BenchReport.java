package io.github.bn4j.cli;

import io.github.bn4j.bench.BenchmarkRow;
import io.github.bn4j.bench.Summary;
import io.github.bn4j.cuda.CudaProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Figures and what they are to be read with, in the form of {@code --json}; tables are made from
 * the same lines.
 *
 * @param version of bn4j
 * @param devices GPUs of this machine
 * @param peers name and versions of PyTorch; null if it took no part
 * @param command what was typed
 * @param rows measurements
 * @param means geometric means of the rows
 * @param notMeasured cases left out, each with its reason
 */
record BenchReport(
    String version,
    Machine machine,
    String jdk,
    List<String> devices,
    @Nullable String driverCuda,
    @Nullable String peers,
    List<String> command,
    List<Line> rows,
    List<Mean> means,
    List<String> notMeasured) {

  /**
   * One measurement. Bandwidths are null for launches, ratios where there is nothing to compare
   * with.
   *
   * @param weight how often the case occurs
   * @param clock what the time was taken with
   * @param timesBestPeer the best peer's time over this one
   */
  record Line(
      String shape,
      String layout,
      String dtype,
      String op,
      String backend,
      boolean peer,
      int weight,
      String clock,
      boolean cold,
      double medianUs,
      long floorBytes,
      @Nullable Double gbps,
      @Nullable Double copyGbps,
      @Nullable Double percentOfCopy,
      @Nullable Double timesBestPeer) {
    static Line of(BenchmarkRow row, Summary summary) {
      boolean has = row.hasBandwidth();
      OptionalDouble ratio = summary.timesBestPeer(row);
      return new Line(
          row.each().spec().shape().toString(),
          row.each().spec().layout().label(),
          row.each().spec().dataType().label(),
          row.each().opLabel(),
          row.by().name(),
          row.by().peer(),
          row.each().weight(),
          row.by().clock().label(),
          row.cold(),
          row.medianUs(),
          row.each().floorBytes(),
          has ? row.gbps() : null,
          has ? row.copyGbps() : null,
          has ? row.percentOfCopy() : null,
          ratio.isPresent() ? ratio.getAsDouble() : null);
    }
  }

  /** The means of one backend, pass, layout and type; see {@link Summary.Line}. */
  record Mean(
      String backend,
      boolean peer,
      String op,
      String layout,
      String dtype,
      boolean cold,
      long layers,
      double totalUs,
      @Nullable Double gbps,
      @Nullable Double percentOfCopy,
      @Nullable Double timesBestPeer) {
    static Mean of(Summary.Line line) {
      return new Mean(
          line.by().backend(),
          line.by().peer(),
          line.by().op(),
          line.by().layout(),
          line.by().dtype(),
          line.by().cold(),
          line.layers(),
          line.totalUs(),
          line.gbps(),
          line.percentOfCopy(),
          line.timesBestPeer());
    }
  }

  static BenchReport of(
      List<BenchmarkRow> rows, List<String> command, @Nullable String peers, List<String> left) {
    Summary summary = new Summary(rows);
    Machine machine = Machine.here();
    return new BenchReport(
        Version.text(),
        machine,
        machine.java(),
        CudaProbe.get().devices().stream().map(device -> device.describe()).toList(),
        CudaProbe.get().driverCuda(),
        peers,
        command,
        rows.stream().map(row -> Line.of(row, summary)).toList(),
        summary.lines().stream().map(Mean::of).toList(),
        left);
  }

  /** The measurements; the ratio only where peers took part, the weight only where they differ. */
  Table rowTable() {
    List<Table.Field<Line>> fields = new ArrayList<>();
    fields.add(Table.Field.word("shape", Line::shape));
    fields.add(Table.Field.word("layout", Line::layout));
    fields.add(Table.Field.word("dtype", Line::dtype));
    fields.add(Table.Field.word("op", Line::op));
    fields.add(Table.Field.word("backend", Line::backend));
    if (rows.stream().anyMatch(line -> line.weight() != 1)) {
      fields.add(Table.Field.number("weight", line -> Integer.toString(line.weight())));
    }
    fields.add(Table.Field.number("median us", line -> one(line.medianUs())));
    fields.add(Table.Field.number("GB/s", line -> two(line.gbps())));
    fields.add(Table.Field.number("copy GB/s", line -> two(line.copyGbps())));
    fields.add(Table.Field.number("% of copy", line -> one(line.percentOfCopy())));
    if (hasPeers()) {
      fields.add(Table.Field.number("x best peer", line -> two(line.timesBestPeer())));
    }
    return Table.of(fields, rows);
  }

  /** The means. */
  Table meanTable() {
    List<Table.Field<Mean>> fields = new ArrayList<>();
    fields.add(Table.Field.word("mean of", Mean::op));
    fields.add(Table.Field.word("layout", Mean::layout));
    fields.add(Table.Field.word("dtype", Mean::dtype));
    fields.add(Table.Field.word("backend", Mean::backend));
    fields.add(Table.Field.number("layers", line -> Long.toString(line.layers())));
    fields.add(Table.Field.number("total us", line -> one(line.totalUs())));
    fields.add(Table.Field.number("GB/s", line -> two(line.gbps())));
    fields.add(Table.Field.number("% of copy", line -> one(line.percentOfCopy())));
    if (hasPeers()) {
      fields.add(Table.Field.number("x best peer", line -> two(line.timesBestPeer())));
    }
    return Table.of(fields, means);
  }

  private boolean hasPeers() {
    return rows.stream().anyMatch(line -> line.timesBestPeer() != null);
  }

  /** How the figures were taken, in one line. */
  String circumstances() {
    boolean cold = rows.stream().anyMatch(Line::cold);
    List<String> clocks = rows.stream().map(Line::clock).distinct().toList();
    return "%s tensors; times by %s; GB/s of the traffic that cannot be avoided; means are geometric, weighted by occurrence"
        .formatted(cold ? "cold" : "warm", String.join(", ", clocks));
  }

  private static String one(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String two(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }
}
