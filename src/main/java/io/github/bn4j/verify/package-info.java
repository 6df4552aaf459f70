/**
 * How a backend is judged: by the reference backend, by samples that PyTorch made, and by itself
 * (the same bits on repetition).
 *
 * <p>{@link io.github.bn4j.verify.Verifier} is the whole of it: give it backends and a {@link
 * io.github.bn4j.verify.Suite}, get a {@link io.github.bn4j.verify.Report}. The command line and
 * the tests both stand on it.
 *
 * <p>A {@link io.github.bn4j.verify.Case} says what is computed ({@code BatchNormSpec}), on which
 * kind of values ({@link io.github.bn4j.verify.HardInput}) and in which memory. {@link
 * io.github.bn4j.verify.CaseInputs} makes the values, always the same; {@link
 * io.github.bn4j.verify.CaseRunner} computes them on a backend, through its {@code Memory} and thus
 * on a device too; {@link io.github.bn4j.verify.Judge} compares each {@link
 * io.github.bn4j.verify.Quantity} with the reference. How close is close enough is said, with
 * reasons, in {@link io.github.bn4j.verify.Tolerance} and nowhere else; {@link
 * io.github.bn4j.verify.Comparison} never lets a NaN pass.
 *
 * <p>Forward passes are judged on their own results. Backward passes get the reference's saved
 * statistics, so that an error of the forward pass is not counted twice, and a {@code dy} that is 0
 * where the sign of the pre-activation is a matter of rounding.
 */
@NullMarked
package io.github.bn4j.verify;

import org.jspecify.annotations.NullMarked;
