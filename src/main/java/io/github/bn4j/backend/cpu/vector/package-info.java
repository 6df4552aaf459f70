/**
 * The inner loops with the incubating Vector API. Compiled apart from the rest and loaded by name,
 * by {@code KernelChoice}, only where the module {@code jdk.incubator.vector} is present: nothing
 * may refer to this package statically.
 *
 * <p>Each type has loops of its own, made from templates, src/main/templates, since conversions
 * have to stand in place: those over 16-bit types convert on the way in, bf16 on the way out, too.
 * f16 is written as floats, a small tile at a time, that are converted afterwards. What is fused,
 * or lies in a buffer, goes through tiles of floats.
 *
 * <p>Vectors are fast only while they stay out of objects, where they are up to thirty times
 * slower. HotSpot has to inline every operation for that, and guards most by a trap, for the case
 * that a vector is of another class than it ever was; once a method, with all that is inlined into
 * it, has 100 surprises on record, it guards by a call instead, and what may be passed to a call is
 * an object. Hence these rules:
 *
 * <ul>
 *   <li>A loop is a method that is compiled on its own, since it has more than the 325 bytes up to
 *       which HotSpot inlines: walks, which all kinds of tensors go through, have many surprises on
 *       record. {@code VectorLoopsTest} counts.
 *   <li>A method has few operations, since a surprise in a method of the JDK's that they share
 *       counts four times for each of them. Some 25 are safe whatever else the process does.
 *   <li>{@code Lanes.prepare} does every operation once before any is compiled, which leaves the
 *       method that most of them share without surprises.
 *   <li>Vectors never leave the method that they live in, and a number that is used as a vector is
 *       made one before the loop: in place it costs the compiler as much as an operation.
 * </ul>
 *
 * <p>Several independent accumulators hide the latency of an addition. Floats are never reduced by
 * {@code reduceLanes}, whose order differs between interpreter and compiler: lanes are stored and
 * added in order, in double.
 */
@NullMarked
package io.github.bn4j.backend.cpu.vector;

import org.jspecify.annotations.NullMarked;
