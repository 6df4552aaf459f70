/**
 * Where a user of the library starts: a layer, and the list of backends it can run on.
 *
 * <p>{@link io.github.bn4j.api.BatchNorm} owns what a layer of a network owns: scale, shift, their
 * gradients and the running statistics. It is made once and called for every batch:
 *
 * <pre>{@code
 * try (BatchNorm layer = BatchNorm.builder(64).activation(Activation.RELU).build()) {
 *   Pass pass = layer.train(shape, x, y);  // y = relu(bn(x)), running statistics updated
 *   pass.backward(dy, dx);                 // dx, and the gradients in layer.parameters()
 *   layer.inference(shape, x, y);          // running statistics, nothing changed
 *   layer.save(Path.of("bn.safetensors")); // PyTorch's names
 * }
 * }</pre>
 *
 * <p>Which backend runs it is decided by {@link io.github.bn4j.api.Backends}: the first of an
 * ordered list that supports what is asked, or exactly the one that is named. {@link
 * io.github.bn4j.api.BatchNorm#memory()} makes tensors where that backend wants them, so that the
 * same code runs with and without a GPU.
 *
 * <p>Beneath are the parts for those who want to place every tensor themselves: {@code
 * op.BatchNormSpec}, {@code backend.Backend} and {@code backend.Plan}.
 */
@NullMarked
package io.github.bn4j.api;

import org.jspecify.annotations.NullMarked;
