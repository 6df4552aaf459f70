package io.github.bn4j.backend.ptx;

import io.github.bn4j.op.BatchNormSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Counted passes as tables of Markdown, for docs/measurements/counters.md: the worst of all layers,
 * and the instructions of each layer.
 */
record CountersTables(List<LayerCounters> counted) {
  String markdown() {
    return worst() + System.lineSeparator() + issued();
  }

  /** By batch, layout, pass and tier. */
  private String worst() {
    return "| batch | layout | pass | tier | passes | of them by rule | traffic | dense | banks"
        + " | issued |\n|---:|---|---|---|---:|---:|---:|---:|---:|---:|\n"
        + rows(
            counted,
            new TreeMap<>(),
            c ->
                String.join(
                    " | ",
                    batch(c),
                    c.layer().layout().label(),
                    c.direction().label(),
                    c.tier().label()),
            CountersTables::worstRow);
  }

  private static String worstRow(List<LayerCounters> passes) {
    return String.format(
        Locale.ROOT,
        "%d | %d | %.4f | %.4f | %.4f | %s",
        passes.size(),
        passes.stream().filter(LayerCounters::chosen).count(),
        most(passes, LayerCounters::traffic),
        most(passes, LayerCounters::dense),
        most(passes, LayerCounters::banks),
        isCounted(passes.get(0)) ? format(most(passes, LayerCounters::issued)) : "-");
  }

  /** By layer, in the tier of the rule. */
  private String issued() {
    return "| batch | layer | layout | type | forward | backward |\n"
        + "|---:|---|---|---|---:|---:|\n"
        + rows(
            counted.stream().filter(LayerCounters::chosen).toList(),
            new LinkedHashMap<>(),
            c -> batch(c) + " | " + layer(c),
            passes ->
                issued(passes, Direction.FORWARD) + " | " + issued(passes, Direction.BACKWARD));
  }

  private static String issued(List<LayerCounters> passes, Direction direction) {
    return passes.stream()
        .filter(pass -> pass.direction() == direction)
        .map(pass -> pass.tier().label() + (isCounted(pass) ? " " + format(pass.issued()) : ""))
        .findAny()
        .orElse("-");
  }

  /** Blocks of a grid wait in loops, whose turns count as instructions. */
  private static boolean isCounted(LayerCounters pass) {
    return pass.tier() != Tier.GRID;
  }

  private static String rows(
      List<LayerCounters> passes,
      Map<String, List<LayerCounters>> empty,
      Function<LayerCounters, String> key,
      Function<List<LayerCounters>, String> value) {
    return passes.stream()
        .collect(Collectors.groupingBy(key, () -> empty, Collectors.toList()))
        .entrySet()
        .stream()
        .map(row -> "| " + row.getKey() + " | " + value.apply(row.getValue()) + " |\n")
        .collect(Collectors.joining());
  }

  private static String batch(LayerCounters pass) {
    return String.format(Locale.ROOT, "%2d", pass.layer().shape().batch());
  }

  private static String layer(LayerCounters pass) {
    BatchNormSpec layer = pass.layer();
    String sizes =
        Arrays.stream(layer.shape().sizes())
            .skip(1)
            .mapToObj(Long::toString)
            .collect(Collectors.joining("x"));
    return String.join(" | ", sizes, layer.layout().label(), layer.dataType().label());
  }

  private static double most(List<LayerCounters> passes, ToDoubleFunction<LayerCounters> of) {
    return passes.stream().mapToDouble(of).max().orElse(Double.NaN);
  }

  private static String format(double instructions) {
    return String.format(Locale.ROOT, "%.0f", instructions);
  }
}
