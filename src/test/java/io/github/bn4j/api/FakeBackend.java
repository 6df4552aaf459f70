package io.github.bn4j.api;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.HostMemory;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Answers as told and computes nothing; remembers what its plans were called with. */
final class FakeBackend implements Backend {
  private final String name;
  private final Function<BatchNormSpec, Support> answer;
  private final boolean onDevice;
  final List<FakePlan> plans = new ArrayList<>();

  FakeBackend(String name, Function<BatchNormSpec, Support> answer, boolean onDevice) {
    this.name = name;
    this.answer = answer;
    this.onDevice = onDevice;
  }

  static FakeBackend able(String name) {
    return new FakeBackend(name, spec -> Support.yes(), false);
  }

  static FakeBackend unable(String name, String reason) {
    return new FakeBackend(name, spec -> Support.no(reason), false);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Support available() {
    return Support.yes();
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    return answer.apply(spec);
  }

  @Override
  public boolean onDevice() {
    return onDevice;
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    FakePlan plan = new FakePlan(spec, name);
    plans.add(plan);
    return plan;
  }

  @Override
  public Memory memory(PlanOptions options) {
    return new HostMemory();
  }

  /** A plan that computes nothing. */
  static final class FakePlan implements Plan {
    private final BatchNormSpec spec;
    private final String backend;
    boolean closed;
    long calls;

    FakePlan(BatchNormSpec spec, String backend) {
      this.spec = spec;
      this.backend = backend;
    }

    @Override
    public BatchNormSpec spec() {
      return spec;
    }

    @Override
    public String backend() {
      return backend;
    }

    @Override
    public long reserveBytes() {
      return 8;
    }

    @Override
    public void forward(ForwardTensors tensors) {
      calls++;
    }

    @Override
    public void backward(BackwardTensors tensors) {
      calls++;
    }

    @Override
    public long skippedUpdates() {
      return 1;
    }

    @Override
    public String explain() {
      return "computes nothing";
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
