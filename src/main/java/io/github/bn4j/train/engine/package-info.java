/**
 * The interface between the networks of the workload and what computes them.
 *
 * <p>In the style of the library's plans: an {@link io.github.bn4j.train.engine.Engine} makes each
 * {@link io.github.bn4j.train.engine.Step} once, for its sizes and its tensors, and executing it
 * allocates nothing and never waits for a device. Tensors are f32 in NCHW order unless said
 * otherwise. The clock, an i64 tensor that counts updates, is on the engine's side as well, so that
 * a whole training step can be replayed as a graph.
 */
@NullMarked
package io.github.bn4j.train.engine;

import org.jspecify.annotations.NullMarked;
