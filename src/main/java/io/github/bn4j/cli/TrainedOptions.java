package io.github.bn4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Mixed into commands that run a trained network: which one, on which images, and by whom. */
@Command
final class TrainedOptions {
  @Parameters(paramLabel = "CHECKPOINT", description = "A .safetensors file of 'bn4j train'.")
  private Path checkpoint = Path.of("");

  @Mixin private final DataOption data = new DataOption();
  @Mixin private final BackendOption backend = new BackendOption();
  @Mixin private final ThreadsOption threads = new ThreadsOption();

  Path checkpoint() {
    return checkpoint;
  }

  /** Checks before long work that there is a file to read. */
  void check() {
    TensorFiles.checkInput("CHECKPOINT", checkpoint);
  }

  TrainedNetwork open() throws IOException {
    return new TrainedNetwork(checkpoint, data, backend.engine(), threads.plan());
  }
}
