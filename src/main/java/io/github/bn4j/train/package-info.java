/**
 * The training workload: the networks that batch normalization was made for, on real data, to show
 * and to prove that the library trains them. A workload, not a framework: the library does not
 * depend on it, only the command line does.
 *
 * <p>{@link io.github.bn4j.train.Training} is one run of a {@link
 * io.github.bn4j.train.TrainingSpec} over a data set; {@link io.github.bn4j.train.TrainingFiles}
 * keeps it in files; {@link io.github.bn4j.train.Evaluation} tests a network. {@link
 * io.github.bn4j.train.Engines} is the list of engines.
 */
@NullMarked
package io.github.bn4j.train;

import org.jspecify.annotations.NullMarked;
