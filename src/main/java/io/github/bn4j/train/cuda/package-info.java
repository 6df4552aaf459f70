/**
 * The workload's engine for NVIDIA GPUs: convolution, dense layers (as convolutions of 1 x 1),
 * pooling, activations and softmax by cuDNN, the rest by kernels of our own ({@code
 * kernels/train_*.cu}), all queued on one stream. Batch normalization is not here: it is planned by
 * the library for the same stream.
 *
 * <p>{@link io.github.bn4j.train.cuda.CudaEngineProvider} says whether this machine can run it.
 * {@link io.github.bn4j.train.cuda.CudaEngine} makes steps; what they share (stream, cuDNN's state,
 * kernels, workspace) is in {@link io.github.bn4j.train.cuda.Session}.
 *
 * <p>Algorithms are chosen among those that cuDNN calls deterministic, and without TF32: two runs
 * give the same bits, and a run differs from the CPU's by rounding only. {@link
 * io.github.bn4j.train.cuda.RecordedWork} turns a whole training step into a CUDA graph.
 */
@NullMarked
package io.github.bn4j.train.cuda;

import org.jspecify.annotations.NullMarked;
