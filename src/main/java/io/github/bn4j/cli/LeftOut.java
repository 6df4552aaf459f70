package io.github.bn4j.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was not measured, and why. */
final class LeftOut {
  private final List<String> lines = new ArrayList<>();
  private final Map<Why, List<String>> byReason = new LinkedHashMap<>();

  /** Whose, as the first word says, and the reason. */
  private record Why(String whose, String reason) {}

  /**
   * Notes one.
   *
   * @param what a backend or peer and the case, or the case
   */
  void add(String what, String reason) {
    lines.add(what + ": " + reason);
    Why why = new Why(what.split(" ", 2)[0], reason);
    byReason.computeIfAbsent(why, none -> new ArrayList<>()).add(what);
  }

  /** Every one. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** For people: what has the same reason is one line, since a suite has hundreds of cases. */
  List<String> folded() {
    return byReason.entrySet().stream().map(LeftOut::line).toList();
  }

  private static String line(Map.Entry<Why, List<String>> entry) {
    int more = entry.getValue().size() - 1;
    return entry.getValue().get(0)
        + (more == 0 ? "" : " and " + more + " more")
        + ": "
        + entry.getKey().reason();
  }
}
