package io.github.bn4j.bench.peers;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkCase.Goal;
import io.github.bn4j.bench.BenchmarkListener;
import io.github.bn4j.bench.PeerFailure;
import io.github.bn4j.bench.Peers;
import io.github.bn4j.bench.Timed;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** PyTorch's implementations, in a Python process. */
public final class PythonPeers implements Peers {
  /** Processes that may fail before no more is started. */
  private static final int MOST_FAILURES = 3;

  private final Python python;
  private final Patience patience;
  private LineProcess process;
  private int failures;

  /**
   * How long an answer may take.
   *
   * @param prepare filling tensors, and compiling for torch.compile
   * @param group running a group of calls
   */
  record Patience(Duration prepare, Duration group) {
    /** Compiling a case takes up to a minute or two on a slow host; a group some 20 ms. */
    static final Patience DEFAULT = new Patience(Duration.ofMinutes(10), Duration.ofMinutes(2));
  }

  /**
   * Starts the script.
   *
   * @throws PeerFailure if it does not start
   */
  public PythonPeers(Python python) {
    this(python, Patience.DEFAULT);
  }

  PythonPeers(Python python, Patience patience) {
    this.python = python;
    this.patience = patience;
    this.process = python.start();
  }

  @Override
  public String describe() {
    return python.describe();
  }

  @Override
  public Prepared prepare(BenchmarkCase each, Setting setting, BenchmarkListener listener) {
    if (each.spec().hasResidual()) {
      // Peers would read less than we do.
      listener.skipped("peers " + each.describe(), "a residual is not asked of peers");
      return Prepared.NOTHING;
    }
    try {
      restartIfGone();
      JsonObject answer = ask(request(each, setting), patience.prepare());
      if (!(answer.get("refused") instanceof JsonObject refused)
          || !(answer.get("peers") instanceof JsonArray names)) {
        throw new PeerFailure("expected the peers that take part and those refused, got " + answer);
      }
      refused
          .entrySet()
          .forEach(
              one ->
                  listener.skipped(
                      one.getKey() + " " + each.describe(), one.getValue().getAsString()));
      List<Named> calls = new ArrayList<>();
      for (JsonElement name : names) {
        calls.add(new Named(name.getAsString(), new Call(name.getAsString())));
      }
      return new OneCase(calls);
    } catch (PeerFailure e) {
      listener.skipped("peers " + each.describe(), String.valueOf(e.getMessage()));
      return Prepared.NOTHING;
    }
  }

  private void restartIfGone() {
    if (process.isAlive()) {
      return;
    }
    failures++;
    if (failures >= MOST_FAILURES) {
      throw new PeerFailure("the peers' process failed " + MOST_FAILURES + " times: given up");
    }
    process.close();
    process = python.start();
  }

  private static JsonObject request(BenchmarkCase each, Setting setting) {
    BatchNormSpec spec = each.spec();
    JsonObject ask = new JsonObject();
    ask.addProperty("do", "prepare");
    ask.addProperty("op", each.op().label());
    JsonArray sizes = new JsonArray();
    for (long size : spec.shape().sizes()) {
      sizes.add(size);
    }
    ask.add("shape", sizes);
    ask.addProperty("layout", spec.layout().label());
    ask.addProperty("dtype", spec.dataType().label());
    ask.addProperty("relu", spec.activation() == Activation.RELU);
    ask.addProperty("device", setting.onDevice());
    ask.addProperty("threads", setting.options().threadCount());
    ask.addProperty("sets", setting.sets());
    ask.addProperty("launch", each.goal() == Goal.LAUNCH);
    ask.addProperty("group_ms", setting.options().groupMillis());
    ask.addProperty("warmup_ms", setting.options().warmupMillis());
    return ask;
  }

  /** An answer to this request; "error" in it concerns the request alone. */
  private JsonObject ask(JsonObject request, Duration time) {
    JsonObject answer = process.ask(request, time);
    JsonElement error = answer.get("error");
    if (error != null) {
      throw new PeerFailure(error.getAsString());
    }
    return answer;
  }

  /** The calls of one case, until it is ended. */
  private final class OneCase implements Prepared {
    private final List<Named> calls;

    OneCase(List<Named> calls) {
      this.calls = List.copyOf(calls);
    }

    @Override
    public List<Named> calls() {
      return calls;
    }

    @Override
    public void close() {
      if (process.isAlive()) {
        JsonObject end = new JsonObject();
        end.addProperty("do", "end");
        try {
          ask(end, patience.group());
        } catch (PeerFailure e) {
          // It is gone, and with it the memory; the next case starts another one.
        }
      }
    }
  }

  /** One peer's call of the case at hand. */
  private final class Call implements Timed {
    private final String name;

    Call(String name) {
      this.name = name;
    }

    private JsonObject request(String what) {
      JsonObject ask = new JsonObject();
      ask.addProperty("do", what);
      ask.addProperty("peer", name);
      return ask;
    }

    @Override
    public void warmUp() {
      ask(request("warm-up"), patience.prepare());
    }

    @Override
    public double group() {
      JsonElement us = ask(request("group"), patience.group()).get("us");
      if (us == null || !us.isJsonPrimitive() || !(us.getAsDouble() > 0)) {
        throw new PeerFailure(name + ": expected a time in microseconds > 0, got " + us);
      }
      return us.getAsDouble();
    }
  }

  /** What the allocator of the peers' process is told: see the comment in scripts/bench-peers. */
  static Map<String, String> environment(int threads) {
    return Map.of(
        "MALLOC_MMAP_MAX_",
        "0",
        "MALLOC_TRIM_THRESHOLD_",
        Long.toString(32L << 30),
        "MALLOC_TOP_PAD_",
        Integer.toString(64 << 20),
        "MALLOC_ARENA_MAX",
        "1",
        "GLIBC_TUNABLES",
        "glibc.malloc.hugetlb=1",
        "OMP_NUM_THREADS",
        Integer.toString(threads));
  }

  @Override
  public void close() {
    process.close();
  }
}
