package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.engine.Slot;
import java.util.ArrayList;
import java.util.List;

/** One update of all parameters, in runs of elements that the threads share. */
final class CpuOptimizer implements Runnable {
  /** Elements of a run: some 20 us of work. */
  private static final int RUN = 1 << 14;

  private final WorkerPool pool;
  private final OptimizerSpec spec;
  private final HostTensor clock;
  private final List<Run> runs = new ArrayList<>();
  private final WorkerPool.Job job = this::update;
  private float rate;
  private float secondFactor;

  /** A run of elements of one parameter, and where its state lies. */
  private record Run(
      Floats value, Floats gradient, Floats first, Floats second, int from, int end) {}

  CpuOptimizer(WorkerPool pool, OptimizerSpec spec, List<Slot> slots, HostTensor clock) {
    this.pool = pool;
    this.spec = spec;
    this.clock = clock;
    for (Slot slot : slots) {
      List<Tensor> state = slot.state();
      if (state.size() != spec.statesPerParameter()) {
        throw new IllegalArgumentException(
            "state: expected %d tensors for %s, got %d"
                .formatted(spec.statesPerParameter(), spec.name(), state.size()));
      }
      long elements = slot.value().elements();
      Floats value = Floats.of("value", slot.value(), elements);
      Floats gradient = Floats.of("gradient", slot.gradient(), elements);
      Floats first = Floats.of("state", state.get(0), elements);
      Floats second = Floats.of("state", state.get(state.size() - 1), elements);
      for (int from = 0; from < elements; from += RUN) {
        int end = (int) Math.min(elements, from + RUN);
        runs.add(new Run(value, gradient, first, second, from, end));
      }
    }
  }

  @Override
  public void run() {
    long t = clock.getLong(0) + 1;
    if (spec instanceof OptimizerSpec.Adam adam) {
      rate = (float) (adam.learningRate() / (1 - Math.pow(adam.beta1(), (double) t)));
      secondFactor = (float) Math.sqrt(1 - Math.pow(adam.beta2(), (double) t));
    } else {
      rate = (float) spec.learningRate();
    }
    pool.run(job, runs.size(), (long) RUN * runs.size());
  }

  private void update(int worker, int task) {
    Run run = runs.get(task);
    if (spec instanceof OptimizerSpec.Adam adam) {
      adam(adam, run);
    } else if (spec instanceof OptimizerSpec.Sgd sgd) {
      sgd(sgd, run);
    }
  }

  private void adam(OptimizerSpec.Adam adam, Run run) {
    float newFirst = (float) (1 - adam.beta1());
    float oldSecond = (float) adam.beta2();
    float newSecond = (float) (1 - adam.beta2());
    float epsilon = (float) adam.epsilon();
    float[] value = run.value.array();
    float[] gradient = run.gradient.array();
    float[] m = run.first.array();
    float[] v = run.second.array();
    int toValue = run.value.at();
    int toGradient = run.gradient.at();
    int toM = run.first.at();
    int toV = run.second.at();
    for (int i = run.from; i < run.end; i++) {
      float g = gradient[toGradient + i];
      float mean = m[toM + i] + newFirst * (g - m[toM + i]);
      float square = oldSecond * v[toV + i] + newSecond * g * g;
      m[toM + i] = mean;
      v[toV + i] = square;
      value[toValue + i] -= rate * mean / ((float) Math.sqrt(square) / secondFactor + epsilon);
    }
  }

  private void sgd(OptimizerSpec.Sgd sgd, Run run) {
    float momentum = (float) sgd.momentum();
    float[] value = run.value.array();
    float[] b = run.first.array();
    for (int i = run.from; i < run.end; i++) {
      float step = momentum * b[run.first.at() + i] + run.gradient.array()[run.gradient.at() + i];
      b[run.first.at() + i] = step;
      value[run.value.at() + i] -= rate * step;
    }
  }
}
