/**
 * The interface between the one operation and its implementations.
 *
 * <p>Validate, plan, execute: {@link io.github.bn4j.backend.Backend#supports} answers with a value,
 * {@link io.github.bn4j.backend.Backend#plan} prepares everything once, and {@link
 * io.github.bn4j.backend.Plan} executes many times without allocating and without waiting for a
 * device. {@link io.github.bn4j.backend.Memory} is how callers that do not care about the backend
 * make and fill its tensors.
 *
 * <p>Implementations are in the folders below: {@code reference} (the judge), {@code cpu}, and
 * those for GPUs. The one list of them is {@code api.Backends}.
 */
@NullMarked
package io.github.bn4j.backend;

import org.jspecify.annotations.NullMarked;
