package io.github.bn4j.train;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.network.LearnedTensor;
import io.github.bn4j.train.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * A run in two files. The checkpoint has parameters and running statistics by PyTorch's names; the
 * other, {@code NAME.resume.safetensors}, has all that the run needs to go on: these tensors once
 * more, the optimizer's, the clock, and how far it is. Each is written as a whole, and the second
 * needs nothing of the first, so that a stop between the two leaves both usable.
 */
public final class TrainingFiles {
  private static final String ENDING = ".safetensors";
  private static final String CLOCK = "clock";
  private static final String SPEC = "bn4j.spec";
  private static final String EPOCH = "bn4j.epoch";
  private static final String BATCH = "bn4j.batch";
  private static final String CURRENT = "bn4j.current";
  private static final String RESULTS = "bn4j.results";
  private static final int NUMBERS_PER_RESULT = 6;

  private final Path checkpoint;

  /**
   * The files of a run.
   *
   * @param checkpoint a file that ends in {@code .safetensors}
   * @throws IllegalArgumentException for another ending
   */
  public TrainingFiles(Path checkpoint) {
    if (!checkpoint.toString().endsWith(ENDING)) {
      throw new IllegalArgumentException(
          "checkpoint: expected a file ending in %s, got %s".formatted(ENDING, checkpoint));
    }
    this.checkpoint = checkpoint;
  }

  /** The file with parameters and running statistics. */
  public Path checkpoint() {
    return checkpoint;
  }

  /** The file to resume from. */
  public Path resume() {
    String name = String.valueOf(checkpoint.getFileName());
    String stem = name.substring(0, name.length() - ENDING.length());
    return checkpoint.resolveSibling(stem + ".resume" + ENDING);
  }

  /** The same files for the network without batch normalization, if a run trains both. */
  public TrainingFiles withoutNorm() {
    String name = String.valueOf(checkpoint.getFileName());
    String stem = name.substring(0, name.length() - ENDING.length());
    return new TrainingFiles(checkpoint.resolveSibling(stem + "-none" + ENDING));
  }

  /**
   * Writes both files.
   *
   * @param data name of the data set
   * @throws IOException if one cannot be written; it is then as it was
   */
  public void write(Training training, String data) throws IOException {
    TrainingState state = training.state();
    NamedTensors network = training.network().state();
    Map<String, String> description =
        NetworkDescription.of(training.network().architecture(), data).metadata();
    NamedTensors.Builder all = NamedTensors.builder();
    network.tensors().forEach(all::put);
    description.forEach(all::metadata);
    Memory memory = training.memory();
    forEachState(
        training, (name, tensor) -> all.put(name, memory.toHost(tensor), tensor.elements()));
    all.put(CLOCK, memory.toHost(training.network().clock()));
    all.metadata(SPEC, describe(training.spec()));
    all.metadata(EPOCH, Integer.toString(state.epoch));
    all.metadata(BATCH, Integer.toString(state.batch));
    all.metadata(CURRENT, state.seconds + " " + state.totals[0] + " " + state.totals[1]);
    all.metadata(
        RESULTS, state.results.stream().map(TrainingFiles::text).collect(Collectors.joining(";")));
    Safetensors.write(resume(), all.build());
    Safetensors.write(checkpoint, new NamedTensors(network.tensors(), description));
  }

  /**
   * Sets a run to where the files' run was.
   *
   * @throws IllegalArgumentException if that was another kind of run
   * @throws IOException if the file to resume from is missing or damaged
   */
  public void read(Training training, String data) throws IOException {
    NamedTensors all = Safetensors.read(resume());
    Network network = training.network();
    expect(
        "network",
        NetworkDescription.of(network.architecture(), data).toString(),
        NetworkDescription.read(resume(), all).toString());
    expect("settings", describe(training.spec()), text(all, SPEC));
    network.load(all);
    Memory memory = training.memory();
    forEachState(
        training,
        (name, tensor) ->
            memory.write(tensor, Network.floats(all, name, List.of(tensor.elements()))));
    var clock = all.get(CLOCK);
    if (clock == null || clock.elements() != 1) {
      throw new IllegalArgumentException("clock: expected one I64, got " + clock);
    }
    memory.write(network.clock(), clock.values());
    TrainingState state = training.state();
    try {
      state.epoch = Integer.parseInt(text(all, EPOCH));
      state.batch = Integer.parseInt(text(all, BATCH));
      double[] current = numbers(text(all, CURRENT), 3);
      state.seconds = current[0];
      state.totals = new double[] {current[1], current[2]};
      state.results.clear();
      state.results.addAll(results(text(all, RESULTS)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          resume() + ": expected numbers in its metadata, got others; it is damaged", e);
    }
  }

  /** Does something for each tensor of the optimizer, by its name in the file. */
  private static void forEachState(Training training, BiConsumer<String, Tensor> action) {
    List<LearnedTensor> learned = training.network().learned();
    OptimizerSpec optimizer = training.spec().optimizer();
    for (int i = 0; i < learned.size(); i++) {
      List<Tensor> state = training.slots().get(i).state();
      for (int s = 0; s < state.size(); s++) {
        action.accept(
            "optimizer." + optimizer.stateName(s) + "." + learned.get(i).name(), state.get(s));
      }
    }
  }

  /** What must be the same for a run to go on; epochs may be more, and statistics be frozen. */
  private static String describe(TrainingSpec spec) {
    return "%s, batch size %d, seed %d".formatted(spec.optimizer(), spec.batchSize(), spec.seed());
  }

  private static void expect(String what, String expected, String got) {
    if (!expected.equals(got)) {
      throw new IllegalArgumentException(
          "resume: expected a run with the %s %s, got %s; give the same options as before"
              .formatted(what, expected, got));
    }
  }

  private String text(NamedTensors all, String key) {
    String text = all.metadata().get(key);
    if (text == null) {
      throw new IllegalArgumentException(
          "%s: expected %s in its metadata, got none; it is not a file to resume from"
              .formatted(resume(), key));
    }
    return text;
  }

  private static String text(EpochResult result) {
    return "%s %s %s %s %s %s"
        .formatted(
            result.loss(),
            result.trainAccuracy(),
            result.testLoss(),
            result.testAccuracy(),
            result.seconds(),
            result.imagesPerSecond());
  }

  private static List<EpochResult> results(String text) {
    List<EpochResult> results = new ArrayList<>();
    for (String line : text.isEmpty() ? new String[0] : text.split(";", -1)) {
      double[] n = numbers(line, NUMBERS_PER_RESULT);
      results.add(new EpochResult(results.size() + 1, n[0], n[1], n[2], n[3], n[4], n[5]));
    }
    return results;
  }

  private static double[] numbers(String text, int count) {
    String[] words = text.split(" ", -1);
    if (words.length != count) {
      throw new NumberFormatException("expected %d numbers".formatted(count));
    }
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = Double.parseDouble(words[i]);
    }
    return numbers;
  }
}
