/**
 * The inner loops with the incubating Vector API. Compiled apart from the rest and loaded by name,
 * by {@code KernelChoice}, only where the module {@code jdk.incubator.vector} is present: nothing
 * may refer to this package statically.
 *
 * <p>Three habits keep the loops fast and their results fixed. Vector accumulators never leave the
 * method that they live in: on JDK 17 they would be boxed. Several independent accumulators hide
 * the latency of an addition. And floats are never reduced by {@code reduceLanes}, whose order
 * differs between interpreter and compiler: lanes are stored and added in order, in double.
 */
@NullMarked
package io.github.bn4j.backend.cpu.vector;

import org.jspecify.annotations.NullMarked;
