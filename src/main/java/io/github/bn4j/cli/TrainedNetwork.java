package io.github.bn4j.cli;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.train.Calibration;
import io.github.bn4j.train.Engines;
import io.github.bn4j.train.Evaluation;
import io.github.bn4j.train.NetworkDescription;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.network.Network;
import java.io.IOException;
import java.nio.file.Path;

/** A network from a checkpoint of {@code bn4j train}, and the images that it is run on. */
final class TrainedNetwork implements AutoCloseable {
  private final NamedTensors tensors;
  private final NetworkDescription description;
  private final DataSet images;
  private final Engine engine;
  private final Network network;

  TrainedNetwork(Path checkpoint, DataOption data, Engines.Choice choice, PlanOptions options)
      throws IOException {
    this.tensors = Safetensors.read(checkpoint);
    this.description = NetworkDescription.read(checkpoint, tensors);
    this.images = data.open(description.data());
    this.engine = choice.open(options);
    try {
      this.network = load(choice.backend());
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  private Network load(String backend) {
    Network loaded = new Network(description.architecture(tensors), engine, backend, 0);
    try {
      loaded.load(tensors);
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
    return loaded;
  }

  String name() {
    return description.network();
  }

  DataSet images() {
    return images;
  }

  boolean isNormalized() {
    return network.architecture().isNormalized();
  }

  /** Runs it on the test images. */
  Evaluation.Result evaluate() {
    try (Evaluation evaluation = new Evaluation(network, engine, images.test())) {
      return evaluation.run();
    }
  }

  /** Sets its running statistics to those of the training images. */
  void calibrate(Calibration.Progress progress) {
    try (Calibration calibration = new Calibration(network, engine, images.train())) {
      calibration.run(progress);
    }
  }

  /** Writes it as it is now, in the form of the file that it came from. */
  void write(Path file) throws IOException {
    Safetensors.write(file, new NamedTensors(network.state().tensors(), tensors.metadata()));
  }

  @Override
  public void close() {
    network.close();
    engine.close();
  }
}
