package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.bench.BenchmarkCase.Goal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** One case on the backends of one place, and on peers there, all timed in turns with a copy. */
final class Round implements AutoCloseable {
  private final Terms terms;
  private final BenchmarkCase each;
  private final List<BenchmarkSession> sessions = new ArrayList<>();
  private final List<BenchmarkRow.By> names = new ArrayList<>();
  private final List<Timed> calls = new ArrayList<>();
  private Peers.Prepared peers = Peers.Prepared.NOTHING;

  /** What all rounds of a run have in common. */
  record Terms(
      BenchmarkOptions options,
      PlanOptions planOptions,
      BiFunction<Backend, Memory, Yardstick> yardsticks) {}

  Round(Terms terms, BenchmarkCase each) {
    this.terms = terms;
    this.each = each;
  }

  /** Plans the case on one more backend. */
  void add(Backend backend) {
    BenchmarkSession session =
        new BenchmarkSession(
            backend, each, terms.options.cold(), terms.planOptions, this::yardstick);
    sessions.add(session);
    names.add(
        new BenchmarkRow.By(
            backend.name(), backend.name().startsWith("cudnn"), session.yardstick().clock()));
    calls.add(new TimedCall(terms.options, session.yardstick(), session.pass()));
  }

  private Yardstick yardstick(Backend backend, Memory memory) {
    return each.goal() == Goal.LAUNCH
        ? new HostCalls(memory)
        : terms.yardsticks.apply(backend, memory);
  }

  /** Lets peers take part that can. */
  void add(Peers others, boolean onDevice, BenchmarkListener listener) {
    int sets = BenchmarkSession.sets(each, terms.options.cold());
    peers = others.prepare(each, new Peers.Setting(onDevice, sets, terms.options), listener);
    Clock clock = sessions.get(0).yardstick().clock();
    for (Peers.Named peer : peers.calls()) {
      names.add(new BenchmarkRow.By(peer.name(), true, clock));
      calls.add(peer.call());
    }
  }

  /** Measures; those that fail meanwhile are told to the listener. */
  List<BenchmarkRow> run(BenchmarkListener listener) {
    BenchmarkSession first = sessions.get(0);
    List<Timed> all = new ArrayList<>(calls);
    boolean copies = each.goal() == Goal.TIME;
    if (copies) {
      all.add(new TimedCall(terms.options, first.yardstick(), first.copy()));
    }
    boolean alone = calls.size() == sessions.size();
    Turns turns = alone ? Turns.without(terms.options) : Turns.withPeers(terms.options);
    List<Turns.Outcome> outcomes = turns.run(all);
    double copyUs = copies ? outcomes.get(calls.size()).medianUs() : 0;
    List<BenchmarkRow> rows = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      @Nullable String failure = outcomes.get(i).failure();
      if (failure != null) {
        listener.skipped(names.get(i).name() + " " + each.describe(), failure);
        continue;
      }
      BenchmarkRow.Times times =
          new BenchmarkRow.Times(outcomes.get(i).medianUs(), copyUs, first.copyBytes());
      rows.add(new BenchmarkRow(each, names.get(i), times, terms.options.cold()));
    }
    return rows;
  }

  @Override
  public void close() {
    peers.close();
    sessions.forEach(BenchmarkSession::close);
  }
}
