/**
 * Tensors in files.
 *
 * <p>{@link io.github.bn4j.io.Safetensors} reads and writes a whole file as {@link
 * io.github.bn4j.io.NamedTensors}: names, metadata and {@link io.github.bn4j.io.StoredTensor}s,
 * each an {@link io.github.bn4j.io.ElementType}, sizes in memory order (slowest axis first) and the
 * elements. Elements of types that bn4j does not compute with are carried through as bytes. {@link
 * io.github.bn4j.io.Npy} does the same for the one tensor of an npy file.
 *
 * <p>{@link io.github.bn4j.io.Checkpoint} finds the batch norms among named tensors by a
 * framework's names, and {@link io.github.bn4j.io.CheckpointConversion} turns them into another
 * framework's.
 *
 * <p>Files come from strangers. Every length, offset, name and number is checked before it is used,
 * nothing is allocated because a file asks for it, and whatever is wrong ends in one {@link
 * io.github.bn4j.io.MalformedFileException} that names the file, what was expected and what was
 * found. Files are written as a whole or not at all.
 */
@NullMarked
package io.github.bn4j.io;

import org.jspecify.annotations.NullMarked;
