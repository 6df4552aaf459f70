/**
 * Labelled images: the files of MNIST and Fashion-MNIST, where they come from, and how they become
 * batches.
 *
 * <p>{@link io.github.bn4j.train.data.DataSets} opens a data set by the name used on the command
 * line; {@link io.github.bn4j.train.data.IdxFile} reads its files; a {@link
 * io.github.bn4j.train.data.Batches} gives them out in an order that is a function of seed and
 * epoch alone.
 */
@NullMarked
package io.github.bn4j.train.data;

import org.jspecify.annotations.NullMarked;
