package io.github.bn4j.peers;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.cpu.CpuBackend;
import io.github.bn4j.bench.Benchmark;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.BenchmarkSession;
import io.github.bn4j.bench.WarmUp;
import io.github.bn4j.bench.ShapeList;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.bytedeco.javacpp.Pointer;

/** Prints one Markdown table: our time, each peer's time, and how many times faster we are. */
public final class BenchPeers {
  private static final String SHAPES =
      "32x64x56x56,32x256x56x56,32x512x28x28,32x2048x7x7,128x512";

  /** Lets the peers' own threads, which spin for some milliseconds after a call, go to sleep. */
  private static final int PAUSE_MILLIS = 10;

  /** At least; it goes on while calls get faster. */
  private static final int WARM_UP_MILLIS = 500;

  private final int threads;
  private final int groups;
  private final PrintStream out;

  private BenchPeers(int threads, int groups, PrintStream out) {
    this.threads = threads;
    this.groups = groups;
    this.out = out;
  }

  /** Arguments: threads, groups, shapes, layouts, ops, types; all optional, in this order. */
  public static void main(String[] args) {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int groups = args.length > 1 ? Integer.parseInt(args[1]) : 15;
    List<TensorShape> shapes = ShapeList.parse(args.length > 2 ? args[2] : SHAPES);
    String layouts = args.length > 3 ? args[3] : "nchw,nhwc";
    String ops = args.length > 4 ? args[4] : "forward-training,backward,forward-inference";
    String types = args.length > 5 ? args[5] : "f32";
    BenchPeers bench = new BenchPeers(threads, groups, System.out);
    bench.head();
    List<Peer> peers = List.of(new TorchPeer(threads), new OneDnnPeer());
    for (TensorShape shape : shapes) {
      for (Layout layout : Layout.values()) {
        boolean same = shape.rank() == 2 && layout == Layout.CHANNEL_LAST;
        if (same || !Arrays.asList(layouts.split(",")).contains(layout.label())) {
          continue;
        }
        BatchNormSpec spec = BatchNormSpec.builder(shape).layout(layout).build();
        for (String type : types.split(",")) {
          BatchNormSpec typed =
              spec.toBuilder().dataType(DataType.valueOf(type.toUpperCase(Locale.ROOT))).build();
          for (String op : ops.split(",")) {
            bench.row(new BenchmarkCase(BenchmarkOp.of(op), typed), peers);
          }
        }
      }
    }
  }

  private void head() {
    out.printf(
        "%d threads, %s, JDK %s, %s, medians of %d groups, in brackets by the minima%n%n",
        threads,
        new CpuBackend().kernels(),
        System.getProperty("java.version"),
        System.getProperty("os.arch"),
        groups);
    out.println(
        "| shape | layout | type | op | bn4j cpu, us | PyTorch, us | oneDNN, us | copy, us"
            + " | PyTorch / bn4j | oneDNN / bn4j | GB/s of the floor | of copy |");
    out.println("|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
  }

  private void row(BenchmarkCase each, List<Peer> peers) {
    Backend ours = new CpuBackend();
    BenchmarkOptions options = new BenchmarkOptions(threads, 1, 20, 300, false, 0);
    try (BenchmarkSession session = new BenchmarkSession(ours, each, options)) {
      List<@Nullable Runnable> calls = new ArrayList<>();
      calls.add(session.pass());
      for (Peer peer : peers) {
        calls.add(prepared(peer, each));
      }
      calls.add(session.copy());
      Summary[] times = times(calls);
      double gbps = each.op().floorBytes(each.spec()) / times[0].median / 1000;
      double copy = session.copyBytes() / times[3].median / 1000;
      out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %.1f | %.0f %% |%n",
          each.spec().shape(),
          each.spec().layout().label(),
          each.spec().dataType().label(),
          each.op().label(),
          times[0].microseconds(),
          times[1].microseconds(),
          times[2].microseconds(),
          times[3].microseconds(),
          times[1].over(times[0]),
          times[2].over(times[0]),
          gbps,
          100 * gbps / copy);
    }
    System.gc();
    Pointer.deallocateReferences();
  }

  /** The peer's call, or null, with a message, if it has none of this type. */
  private static @Nullable Runnable prepared(Peer peer, BenchmarkCase each) {
    try {
      Runnable call = peer.prepare(each);
      call.run();
      return call;
    } catch (RuntimeException e) {
      System.err.printf("%s: not measured, %s: %s%n", peer.name(), each.describe(), e.getMessage());
      return null;
    }
  }

  /** Of a call's groups; NaN if it was not measured. */
  private record Summary(double median, double minimum) {
    String microseconds() {
      return Double.isNaN(median) ? "-" : String.format(Locale.ROOT, "%.0f", median);
    }

    String over(Summary other) {
      return Double.isNaN(median)
          ? "-"
          : String.format(
              Locale.ROOT, "%.2f (%.2f)", median / other.median, minimum / other.minimum);
    }
  }

  private Summary[] times(List<@Nullable Runnable> calls) {
    int[] repeats = new int[calls.size()];
    for (int i = 0; i < repeats.length; i++) {
      Runnable call = calls.get(i);
      repeats[i] = call == null ? 0 : warmUp(call);
    }
    double[][] times = new double[repeats.length][groups];
    for (int g = 0; g < groups; g++) {
      for (int i = 0; i < repeats.length; i++) {
        Runnable call = calls.get(i);
        times[i][g] = call == null ? Double.NaN : group(call, repeats[i]);
      }
    }
    return Arrays.stream(times)
        .map(t -> new Summary(median(t), Arrays.stream(t).min().orElse(Double.NaN)))
        .toArray(Summary[]::new);
  }

  /** A group after a pause; one call goes before the clock starts. */
  private static double group(Runnable call, int repeats) {
    pause();
    call.run();
    return microseconds(call, repeats);
  }

  /** Microseconds per call of so many in a row. */
  private static double microseconds(Runnable call, int calls) {
    long start = System.nanoTime();
    for (int k = 0; k < calls; k++) {
      call.run();
    }
    return (System.nanoTime() - start) / 1e3 / calls;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Warms up; returns the calls that take 20 ms. */
  private static int warmUp(Runnable call) {
    double each = WarmUp.untilSettled(calls -> microseconds(call, calls), WARM_UP_MILLIS);
    return (int) Math.max(1, Math.ceil(20_000 / each));
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
