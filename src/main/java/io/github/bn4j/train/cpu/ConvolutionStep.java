package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.op.Activation;
import io.github.bn4j.train.engine.ConvolutionSpec;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Step;
import io.github.bn4j.train.engine.Weights;
import java.util.Arrays;
import java.util.Objects;

/**
 * A convolution as products of matrices. With the windows of an image as columns,
 *
 * <pre>
 * y       = weight * windows
 * dWeight = sum over images of dy * windows^T
 * dx      = windows that weight^T * dy belongs to, summed
 * </pre>
 *
 * <p>The batch is cut into slices, two per thread; a slice takes a few images at a time and keeps
 * the sum of its weight gradients, which are added in order at the end.
 */
final class ConvolutionStep implements Step {
  /** Two slices per thread even out what other processes take. */
  private static final int SLICES_PER_THREAD = 2;

  private final WorkerPool pool;
  private final Patches patches;
  private final boolean relu;
  private final int outputs;
  private final int windows;
  private final Partition batch;
  private final Partition weights;
  private final LayerFloats tensors;
  private final ConvolutionWorkspace[] workspaces;
  private final float[][] sliceGradients;
  private final WorkerPool.Job forward = this::forwardSlice;
  private final WorkerPool.Job backward = this::backwardSlice;
  private final WorkerPool.Job reduce = this::reducePart;

  ConvolutionStep(WorkerPool pool, ConvolutionSpec spec, Weights w, Flow flow) {
    this.pool = pool;
    this.patches = new Patches(spec);
    this.relu = spec.activation() == Activation.RELU;
    this.outputs = Math.toIntExact(spec.outputChannels());
    this.windows = patches.windows();
    LayerFloats.Sizes sizes =
        new LayerFloats.Sizes(
            spec.input().elements(),
            spec.output().elements(),
            spec.weightElements(),
            spec.outputChannels());
    this.tensors = LayerFloats.of(sizes, w, flow);
    int images = Math.toIntExact(spec.input().batch());
    int slices = Math.min(images, SLICES_PER_THREAD * pool.threads());
    this.batch = new Partition(images, slices);
    this.weights = new Partition(tensors.weight().length(), pool.threads());
    int most = (images + slices - 1) / slices;
    this.workspaces = new ConvolutionWorkspace[pool.threads()];
    Arrays.setAll(workspaces, worker -> new ConvolutionWorkspace(patches, outputs, most));
    int kept = flow.dy() == null ? 0 : tensors.weight().length() + outputs;
    this.sliceGradients = new float[slices][kept];
  }

  @Override
  public void forward() {
    pool.run(forward, batch.parts(), Partition.WORTH_WAKING);
  }

  private void forwardSlice(int worker, int slice) {
    ConvolutionWorkspace workspace = workspaces[worker];
    for (int from = batch.begin(slice); from < batch.end(slice); from += workspace.group) {
      int count = Math.min(workspace.group, batch.end(slice) - from);
      gather(workspace, from, count);
      ConvolutionWorkspace.Products product = workspace.products(count);
      product.forward(tensors.weight());
      for (int i = 0; i < count; i++) {
        store(workspace, from + i, i * windows, count * windows);
      }
    }
  }

  private void gather(ConvolutionWorkspace workspace, int from, int count) {
    Floats x = tensors.x();
    int size = patches.imageElements();
    for (int i = 0; i < count; i++) {
      patches.gather(
          x.array(), x.at() + (from + i) * size, workspace.columns, i * windows, count * windows);
    }
  }

  /** Adds the bias, applies the activation, and puts an image's channels one after the other. */
  private void store(ConvolutionWorkspace workspace, int image, int from, int stride) {
    float[] y = tensors.y().array();
    float[] outs = workspace.outs;
    for (int o = 0; o < outputs; o++) {
      float bias = tensors.bias() == null ? 0 : tensors.bias().array()[tensors.bias().at() + o];
      int to = tensors.y().at() + (image * outputs + o) * windows;
      int source = from + o * stride;
      if (relu) {
        for (int i = 0; i < windows; i++) {
          y[to + i] = Math.max(outs[source + i] + bias, 0);
        }
      } else {
        for (int i = 0; i < windows; i++) {
          y[to + i] = outs[source + i] + bias;
        }
      }
    }
  }

  @Override
  public void backward() {
    if (tensors.dy() == null) {
      throw new UnsupportedOperationException("backward: expected a step made with dy, got none");
    }
    pool.run(backward, batch.parts(), Partition.WORTH_WAKING);
    pool.run(reduce, weights.parts(), weights.total());
  }

  private void backwardSlice(int worker, int slice) {
    ConvolutionWorkspace workspace = workspaces[worker];
    float[] sums = sliceGradients[slice];
    Arrays.fill(sums, 0);
    for (int from = batch.begin(slice); from < batch.end(slice); from += workspace.group) {
      int count = Math.min(workspace.group, batch.end(slice) - from);
      for (int i = 0; i < count; i++) {
        load(workspace, sums, from + i, i * windows, count * windows);
      }
      gather(workspace, from, count);
      ConvolutionWorkspace.Products product = workspace.products(count);
      product.filter(sums);
      Floats dx = tensors.dx();
      if (dx != null) {
        product.data(tensors.weight());
        for (int i = 0; i < count; i++) {
          int to = dx.at() + (from + i) * patches.imageElements();
          patches.scatter(workspace.columns, i * windows, count * windows, dx.array(), to);
        }
      }
    }
  }

  /** Masks an image's dy in place, adds it to the bias's gradient, and puts it in columns. */
  private void load(ConvolutionWorkspace workspace, float[] sums, int image, int into, int stride) {
    Floats given = Objects.requireNonNull(tensors.dy());
    float[] dy = given.array();
    float[] y = tensors.y().array();
    for (int o = 0; o < outputs; o++) {
      int offset = (image * outputs + o) * windows;
      int from = given.at() + offset;
      if (relu) {
        int mask = tensors.y().at() + offset;
        for (int i = 0; i < windows; i++) {
          dy[from + i] = y[mask + i] <= 0 ? 0 : dy[from + i];
        }
      }
      float sum = 0;
      for (int i = 0; i < windows; i++) {
        sum += dy[from + i];
      }
      sums[tensors.weight().length() + o] += sum;
      System.arraycopy(dy, from, workspace.outs, into + o * stride, windows);
    }
  }

  private void reducePart(int worker, int part) {
    Floats dWeight = tensors.dWeight();
    sum(dWeight, 0, weights.begin(part), weights.end(part));
    if (part == 0 && tensors.dBias() != null) {
      sum(tensors.dBias(), dWeight.length(), 0, outputs);
    }
  }

  private void sum(Floats into, int shift, int from, int end) {
    float[] target = into.array();
    for (int slice = 0; slice < sliceGradients.length; slice++) {
      float[] sums = sliceGradients[slice];
      if (slice == 0) {
        System.arraycopy(sums, shift + from, target, into.at() + from, end - from);
        continue;
      }
      for (int i = from; i < end; i++) {
        target[into.at() + i] += sums[shift + i];
      }
    }
  }

  @Override
  public void close() {
    // Garbage collected.
  }
}
