package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Asks cuDNN on real hardware what its documents leave open; one row of a table per question.
 *
 * <pre>
 *   CudnnProbes --list        the names
 *   CudnnProbes --head        version and device, and the head of the table
 *   CudnnProbes NAME          one row; in a process of its own, since a failed kernel spoils a process
 * </pre>
 */
final class CudnnProbes {
  private CudnnProbes() {}

  /** A question and how it is answered. */
  record Probe(String question, Answer answer) {}

  /** Runs on the device; says what happened. */
  @FunctionalInterface
  interface Answer {
    String ask();
  }

  static Map<String, Probe> all() {
    Map<String, Probe> all = new LinkedHashMap<>();
    for (DataType type : new DataType[] {DataType.F32, DataType.F16, DataType.F64}) {
      all.put(
          "variance-" + type.label(),
          new Probe(
              "which variance cuDNN's own running update stores, " + type.label(),
              () -> RunningProbe.variance(type)));
    }
    all.put("single-value", new Probe("its running variance for m = 1", RunningProbe::singleValue));
    all.put("inference-65535", batch("INFERENCE at N = 65535", false, 65535));
    all.put("inference-65536", batch("INFERENCE at N = 65536", false, 65536));
    all.put("training-880801", batch("TRAINING at N = 880801", true, 880801));
    all.put("training-880802", batch("TRAINING at N = 880802", true, 880802));
    all.put("elements", new Probe("TRAINING with 2^31 elements, f16", SizeProbe::twoGigaElements));
    all.put("channels", new Probe("TRAINING with C = 65536", SizeProbe::manyChannels));
    all.put("bf16", new Probe("bf16 in the plain calls", SizeProbe::bf16));
    all.put(
        "persistent-f16",
        new Probe("SPATIAL_PERSISTENT on f16 around 100 and 1000", SizeProbe::persistent));
    all.put(
        "in-place",
        new Probe("y = x and dx = dy give the bits of separate tensors", SizeProbe::inPlace));
    all.put("capture", new Probe("forward and backward inside graph capture", SizeProbe::capture));
    for (Layout layout : Layout.values()) {
      for (DataType type : new DataType[] {DataType.F16, DataType.F32, DataType.BF16}) {
        for (int channels : new int[] {64, 66, 65}) {
          String name = "ex-" + layout.label() + "-" + type.label() + "-c" + channels;
          all.put(
              name,
              new Probe(
                  "Ex calls: %s %s C = %d".formatted(layout.label(), type.label(), channels),
                  () -> ExtendedProbe.ask(layout, type, channels)));
        }
      }
    }
    return all;
  }

  private static Probe batch(String question, boolean training, long n) {
    return new Probe(question, () -> SizeProbe.batch(training, n));
  }

  public static void main(String[] args) {
    String wish = args.length == 1 ? args[0] : "--list";
    if (wish.equals("--list")) {
      all().keySet().forEach(System.out::println);
      return;
    }
    Support support = CudnnBackend.spatial().available();
    if (!support.isYes()) {
      System.err.println(support.reason());
      System.exit(2);
    }
    if (wish.equals("--head")) {
      System.out.printf(
          "%s on %s%n%n| question | answer |%n|---|---|%n",
          CudnnBackend.library(), CudaProbe.get().device(0).describe());
      return;
    }
    System.out.println(row(wish));
  }

  /** One row of the table. A refusal is an answer too. */
  static String row(String name) {
    Probe probe = all().get(name);
    if (probe == null) {
      throw new IllegalArgumentException(
          "probe: expected one of " + all().keySet() + ", got " + name);
    }
    String answer;
    try {
      answer = probe.answer().ask();
    } catch (RuntimeException e) {
      answer = "refused: " + e.getMessage();
    }
    return "| " + probe.question() + " | " + answer.replace('|', '/') + " |";
  }
}
