package io.github.bn4j.cli;

import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.ptx.TierOutlook;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.cuda.DeviceModel;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says how passes would be done on a GPU, without running them. */
@Command(
    name = "explain",
    description = {
      "Says how the ptx backend would do passes over batch statistics on a GPU, and why, without"
          + " running them: on this machine's GPU as plans do it, tuned or by rule; on one that is"
          + " named with --device by rule, with no GPU at hand.",
      "",
      "A tier is where a channel's values stay between the pass that finds the statistics and the one"
          + " that uses them: in a block, in a cluster of x blocks, in x blocks of the grid, or"
          + " nowhere (two-pass). t: threads of a block, g: channels of a group. Traffic is in"
          + " tensors, N: 2 N forward and 3 N backward is the least there can be."
    },
    footer = {
      "  bn4j explain --shapes 32x256x56x56 --device h200",
      "  bn4j explain --suite resnet50 --layout nchw,nhwc --dtype f16 --device a100",
      "  bn4j explain --suite all --json tiers.json"
    })
final class ExplainCommand implements Callable<Integer> {
  /** Passes up to which reasons are shown unasked. */
  private static final int FEW = 4;

  @Mixin private final Screen screen = new Screen();
  @Mixin private final CaseOptions caseOptions = new CaseOptions();
  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "T4, A100, L4, H100, H200. Default: this machine's first GPU.")
  private @Nullable String device;

  @Option(names = "--why", description = "Show the reasons, also of more than 4 passes.")
  private boolean why;

  /** The form of {@code --json}. */
  private record Report(String device, List<TierOutlook> passes) {}

  @Override
  public Integer call() throws IOException {
    json.check();
    List<BenchmarkCase> cases = caseOptions.overBatchStatistics();
    Report report = device == null ? here(cases) : named(cases, DeviceModel.of(device));
    json.report(screen, report, () -> print(report));
    return ExitCodes.OK;
  }

  private static Report here(List<BenchmarkCase> cases) {
    Support support = new PtxBackend().available();
    if (!support.isYes()) {
      throw Failure.notAvailable(
          "explain: " + support.reason() + "; or name a GPU with --device, as H200");
    }
    CudaDevice first = CudaProbe.get().device(0);
    return report(first.describe(), cases, one -> outlook(one, first));
  }

  private static TierOutlook outlook(BenchmarkCase one, CudaDevice device) {
    return TierOutlook.of(one.spec(), one.op().isBackward(), device);
  }

  private static Report named(List<BenchmarkCase> cases, DeviceModel model) {
    return report(
        model.describe(),
        cases,
        one -> TierOutlook.of(one.spec(), one.op().isBackward(), model.limits()));
  }

  private static Report report(
      String device, List<BenchmarkCase> cases, Function<BenchmarkCase, TierOutlook> outlook) {
    return new Report(device, cases.stream().map(outlook).toList());
  }

  private void print(Report report) {
    screen.out().println(report.device());
    screen.out().println();
    List<Table.Field<TierOutlook>> fields =
        List.of(
            Table.Field.word("pass", TierOutlook::pass),
            Table.Field.word("way", pass -> pass.way().label()),
            Table.Field.number("traffic", pass -> number("%.2f N", pass.tensors())),
            Table.Field.number("on chip", pass -> number("%.0f %%", 100 * pass.kept())));
    Table.of(fields, report.passes()).print(screen);
    if (why || report.passes().size() <= FEW) {
      screen.out().println();
      report.passes().forEach(pass -> screen.out().println(pass.pass() + ": " + pass.why()));
    }
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
