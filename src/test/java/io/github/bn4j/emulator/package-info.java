/**
 * Tests on an emulated CUDA device: the real host code, JCuda's own natives, and the shipped PTX,
 * on a machine without a GPU. The device is the library in {@code src/test/native}; its README says
 * what it does and does not.
 *
 * <p>A class annotated with {@link io.github.bn4j.emulator.EmulatedCuda} runs on it. Whatever the
 * device finds wrong (accesses out of bounds, races, missing barriers, memory never freed) fails
 * the test that caused it. {@link io.github.bn4j.emulator.RequiresGpu} is its counterpart for real
 * devices: the same contract class can have one subclass of each kind.
 *
 * <p>A process sees either the real driver or the emulated one, for good, since the loader binds
 * {@code libcuda.so.1} once. Therefore Maven runs emulated classes in an execution of their own,
 * each class in its own JVM, and all others where there is nothing but what the machine has.
 *
 * <p>{@link io.github.bn4j.emulator.EmulatedDriver} steers the device from within a test: failures
 * on order, order of execution, findings, counters of each launch.
 */
@NullMarked
package io.github.bn4j.emulator;

import org.jspecify.annotations.NullMarked;
