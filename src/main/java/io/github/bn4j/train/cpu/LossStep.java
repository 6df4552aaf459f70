package io.github.bn4j.train.cpu;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.LossTensors;
import io.github.bn4j.train.engine.Step;
import org.jspecify.annotations.Nullable;

/** Softmax with cross-entropy, on one thread: a batch is a few thousand numbers. */
final class LossStep implements Step {
  private final int batch;
  private final int classes;
  private final Floats logits;
  private final HostTensor labels;
  private final @Nullable Floats dLogits;
  private final HostTensor totals;

  LossStep(LossTensors tensors) {
    this.batch = tensors.batch();
    this.classes = tensors.classes();
    long elements = (long) batch * classes;
    this.logits = Floats.of("logits", tensors.logits(), elements);
    this.labels = onHost("labels", tensors.labels(), DataType.U8);
    this.dLogits = Floats.ofNullable("dLogits", tensors.dLogits(), elements);
    this.totals = onHost("totals", tensors.totals(), DataType.F64);
  }

  private static HostTensor onHost(String name, Tensor tensor, DataType type) {
    if (tensor instanceof HostTensor found && tensor.dataType() == type) {
      return found;
    }
    throw new IllegalArgumentException(
        "%s: expected %s in the JVM's memory, got %s"
            .formatted(name, type.label(), tensor.dataType().label()));
  }

  @Override
  public void forward() {
    double loss = 0;
    int correct = 0;
    for (int row = 0; row < batch; row++) {
      int label = (int) labels.getLong(row);
      int best = best(row);
      double max = logit(row, best);
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(logit(row, c) - max);
      }
      loss += Math.log(sum) - (logit(row, label) - max);
      correct += best == label ? 1 : 0;
      if (dLogits != null) {
        for (int c = 0; c < classes; c++) {
          double softmax = Math.exp(logit(row, c) - max) / sum;
          double gradient = (softmax - (c == label ? 1 : 0)) / batch;
          dLogits.array()[dLogits.at() + row * classes + c] = (float) gradient;
        }
      }
    }
    totals.set(0, totals.get(0) + loss);
    totals.set(1, totals.get(1) + correct);
  }

  private int best(int row) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (logit(row, c) > logit(row, best)) {
        best = c;
      }
    }
    return best;
  }

  private double logit(int row, int c) {
    return logits.array()[logits.at() + row * classes + c];
  }

  @Override
  public void backward() {
    // The forward pass wrote the gradient.
  }

  @Override
  public void close() {
    // Garbage collected.
  }
}
