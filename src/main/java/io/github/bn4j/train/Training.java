package io.github.bn4j.train;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.data.Batches;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.Slot;
import io.github.bn4j.train.network.LearnedTensor;
import io.github.bn4j.train.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One run of training. The order of the batches is a function of seed and epoch, so that a run that
 * was stopped and resumed gives the same bits as one that was not. A last, short batch of an epoch
 * is left out (in every epoch other images): the statistics of a few images would make the running
 * ones noisy just before the test.
 */
public final class Training implements AutoCloseable {
  /** Nanoseconds between two reports of progress; each waits for the device. */
  private static final long REPORT_NANOS = 200_000_000;

  private final TrainingSpec spec;
  private final Network network;
  private final Memory memory;
  private final Batches batches;
  private final StepCache steps;
  private final Evaluation test;
  private final List<Slot> slots = new ArrayList<>();
  private final int batchSize;
  private final int batchesPerEpoch;
  private final StepCache.Prepared batch;
  private final Runnable step;
  private final TrainingState state = new TrainingState();
  private volatile boolean stopRequested;

  /**
   * Prepares a run.
   *
   * @param backend name of the backend that normalizes
   * @param engine computes the rest; not closed by this run
   */
  public Training(TrainingSpec spec, DataSet data, Engine engine, String backend) {
    this.spec = spec;
    this.memory = engine.memory();
    this.network = new Network(spec.architecture(), engine, backend, spec.seed());
    Batches.Form form = Evaluation.form(spec.architecture());
    this.batches = new Batches(data.train(), form);
    this.steps = new StepCache(network, memory, form, spec.frozen() ? Mode.FROZEN : Mode.TRAINING);
    this.batchSize = Math.min(spec.batchSize(), batches.count());
    this.batchesPerEpoch = batches.count() / batchSize;
    this.batch = steps.of(batchSize);
    this.test = new Evaluation(network, engine, data.test());
    for (LearnedTensor each : network.learned()) {
      slots.add(new Slot(each.value(), each.gradient(), newState(each)));
    }
    Runnable update = engine.optimizer(spec.optimizer(), slots, network.clock());
    Runnable advance = engine.advance(network.clock());
    this.step =
        engine.recorded(
            () -> {
              batch.execution().forward();
              batch.execution().backward();
              update.run();
              advance.run();
            });
  }

  private List<Tensor> newState(LearnedTensor like) {
    return Stream.generate(() -> memory.allocate(DataType.F32, like.value().elements()))
        .limit(spec.optimizer().statesPerParameter())
        .toList();
  }

  /** What is run. */
  public TrainingSpec spec() {
    return spec;
  }

  /** The network that is trained. */
  public Network network() {
    return network;
  }

  /** The results of the epochs done. */
  public List<EpochResult> results() {
    return List.copyOf(state.results);
  }

  TrainingState state() {
    return state;
  }

  Memory memory() {
    return memory;
  }

  List<Slot> slots() {
    return slots;
  }

  /** Asks the run to stop after the step it is at; from any thread. */
  public void requestStop() {
    stopRequested = true;
  }

  /** True once all epochs are done. */
  public boolean isDone() {
    return state.epoch >= spec.epochs();
  }

  /**
   * Trains to the end of the current epoch, and tests; or until a stop is requested.
   *
   * @return false if it was stopped before the epoch's end
   */
  public boolean runEpoch(TrainingListener listener) {
    beginEpoch();
    double before = state.seconds;
    long start = System.nanoTime();
    long reported = start;
    while (state.batch < batchesPerEpoch && !stopRequested) {
      step();
      long now = System.nanoTime();
      state.seconds = before + (now - start) / 1e9;
      if (now - reported > REPORT_NANOS) {
        reported = now;
        listener.progress(progress());
      }
    }
    memory.synchronize();
    state.seconds = before + (System.nanoTime() - start) / 1e9;
    state.totals = steps.totals();
    if (state.batch < batchesPerEpoch) {
      return false;
    }
    endEpoch(listener);
    return true;
  }

  /** A few steps at the begin of an epoch, then as if a stop had been requested. */
  void runSteps(int count) {
    beginEpoch();
    for (int i = 0; i < count; i++) {
      step();
    }
    state.totals = steps.totals();
  }

  /** So many steps from here on, over as many epochs as it takes; the loss of each. */
  double[] lossesOf(int count) {
    double[] losses = new double[count];
    state.totals = new double[2];
    beginEpoch();
    double before = 0;
    for (int i = 0; i < count; i++) {
      if (state.batch == batchesPerEpoch) {
        state.batch = 0;
        state.epoch++;
        batches.shuffle(spec.seed(), state.epoch);
      }
      step();
      double total = steps.totals()[0];
      losses[i] = (total - before) / batchSize;
      before = total;
    }
    return losses;
  }

  private void beginEpoch() {
    batches.shuffle(spec.seed(), state.epoch);
    memory.write(batch.execution().ends().totals(), HostTensor.of(state.totals));
  }

  /** One batch: forward, backward, update. */
  private void step() {
    batch.fill(batches, state.batch, batchSize);
    step.run();
    state.batch++;
  }

  /** Images of an epoch; those of a last, short batch are left out. */
  private long imagesPerEpoch() {
    return (long) batchesPerEpoch * batchSize;
  }

  private TrainingListener.Progress progress() {
    double[] totals = steps.totals();
    long images = (long) state.batch * batchSize;
    long done = state.epoch * imagesPerEpoch() + images;
    return new TrainingListener.Progress(
        done,
        spec.epochs() * imagesPerEpoch(),
        totals[0] / images,
        totals[1] / images,
        images / state.seconds);
  }

  private void endEpoch(TrainingListener listener) {
    Evaluation.Result tested = test.run();
    double count = imagesPerEpoch();
    state.epoch++;
    EpochResult result =
        new EpochResult(
            state.epoch,
            state.totals[0] / count,
            state.totals[1] / count,
            tested.loss(),
            tested.accuracy(),
            state.seconds,
            count / state.seconds);
    state.results.add(result);
    state.batch = 0;
    state.seconds = 0;
    state.totals = new double[2];
    listener.epoch(result);
  }

  @Override
  public void close() {
    steps.close();
    test.close();
    network.close();
  }
}
