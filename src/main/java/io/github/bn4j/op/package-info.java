/**
 * The vocabulary of batch normalization: values only, no algorithm, no import of another bn4j
 * package.
 *
 * <p>Symbols, used by code, tests and documents alike. {@code m} is the number of values per
 * channel (batch times spatial positions).
 *
 * <pre>
 * mean   = sum(x) / m
 * v      = sum((x - mean)^2) / m                 the population variance, never negative
 * invStd = 1 / sqrt(v + epsilon)
 * xHat   = (x - mean) * invStd
 * y      = act(gamma * xHat + beta + residual)   residual and activation are optional
 *
 * TRAINING   normalizes with batch statistics and updates the running statistics
 *   dBeta  = sum(dy),  dGamma = sum(dy * xHat)
 *   dx     = gamma * invStd * (dy - dBeta / m - xHat * dGamma / m)
 * INFERENCE  normalizes with running statistics; has no backward
 * FROZEN     normalizes with running statistics; mean and invStd are constants
 *   dBeta  = sum(dy),  dGamma = sum(dy * xHat),  dx = gamma * invStd * dy
 *
 * running statistics, a = weight of the new value (AverageFactor), s = batch statistic
 *   r = (1 - a) * r + a * s      s of the variance is v (POPULATION) or v * m / (m - 1) (UNBIASED)
 * </pre>
 *
 * With an activation, {@code dy} above stands for the incoming gradient masked by the activation:
 * RELU passes the gradient unless {@code y <= 0}, so a NaN passes it. {@code dResidual} is that
 * masked gradient.
 *
 * <p>Where to start: {@link io.github.bn4j.op.BatchNormSpec} says what is to be computed, {@link
 * io.github.bn4j.op.Tensor} where the numbers are, {@link io.github.bn4j.op.ForwardTensors} and
 * {@link io.github.bn4j.op.BackwardTensors} which tensor plays which part.
 *
 * <p>Source: Ioffe and Szegedy, "Batch Normalization", 2015, algorithms 1 and 2.
 */
@NullMarked
package io.github.bn4j.op;

import org.jspecify.annotations.NullMarked;
