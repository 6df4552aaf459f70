package io.github.bn4j.cli;

import io.github.bn4j.train.TrainingSpec;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.network.Architecture;
import io.github.bn4j.train.network.Architectures;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into {@code train}: how a network is trained. */
@Command
final class TrainOptions {
  private static final double ADAM_RATE = 1e-3;
  private static final double SGD_RATE = 1e-2;
  private static final double SGD_MOMENTUM = 0.9;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "5",
      description = "Passes over the data. Default: ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images per update. Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      description =
          "adam (betas 0.9 and 0.999) or sgd (momentum 0.9), as PyTorch computes them. Default:"
              + " ${DEFAULT-VALUE}.")
  private String optimizer = "adam";

  @Option(
      names = "--lr",
      paramLabel = "NUMBER",
      description = "Learning rate. Default: 0.001 for adam, 0.01 for sgd.")
  private @Nullable Double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of parameters, order of the images and dropout. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--size",
      paramLabel = "N",
      description = "Height and width of deep's images, from 32. Default: 32.")
  private @Nullable Integer size;

  @Option(
      names = "--freeze-norm",
      description =
          "Normalize with the running statistics of --resume as constants, as fine-tuning does.")
  private boolean frozen;

  boolean frozen() {
    return frozen;
  }

  TrainingSpec spec(String network, boolean normalized) {
    if (epochs < 1) {
      throw Failure.badInput("--epochs: expected at least 1, got " + epochs);
    }
    int pixels = size != null ? size : Architectures.defaultSize(network);
    Architecture architecture = Architectures.of(network, pixels, normalized);
    return new TrainingSpec(
        architecture, optimizer(), epochs, batchSize, seed, frozen && normalized);
  }

  private OptimizerSpec optimizer() {
    return switch (optimizer.toLowerCase(Locale.ROOT)) {
      case "adam" -> OptimizerSpec.Adam.of(rate != null ? rate : ADAM_RATE);
      case "sgd" -> new OptimizerSpec.Sgd(rate != null ? rate : SGD_RATE, SGD_MOMENTUM);
      default ->
          throw Failure.badInput("--optimizer: expected adam or sgd, got \"" + optimizer + "\"");
    };
  }
}
