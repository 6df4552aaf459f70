/**
 * The inner loops with the incubating Vector API. Compiled apart from the rest and loaded by name,
 * by {@code KernelChoice}, only where the module {@code jdk.incubator.vector} is present: nothing
 * may refer to this package statically.
 *
 * <p>The 16-bit types have loops of their own, {@link HalfRuns} and {@link HalfColumns}, that
 * convert on the way; what is fused, or lies in a buffer, goes through tiles of floats. Both types'
 * loops are made from templates, src/main/templates, since conversions have to stand in place.
 *
 * <p>Four habits keep the loops fast and their results fixed. Vectors never leave the method that
 * they live in: as arguments or results of a method that is not inlined they would be objects, and
 * HotSpot stops inlining where a method has grown to some 18000 nodes, a hundred vector operations.
 * So that it does not grow that far, loops that many passes share are longer than the 325 bytes of
 * a method that may still be inlined. Several independent accumulators hide the latency of an
 * addition. And floats are never reduced by {@code reduceLanes}, whose order differs between
 * interpreter and compiler: lanes are stored and added in order, in double.
 */
@NullMarked
package io.github.bn4j.backend.cpu.vector;

import org.jspecify.annotations.NullMarked;
