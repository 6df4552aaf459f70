/**
 * Batch norm by NVIDIA's cuDNN 9: the accelerator where it is installed and better than our own
 * kernels, never a requirement. The only importer of {@code jcuda.jcudnn} in the library.
 *
 * <p>{@link io.github.bn4j.backend.cudnn.CudnnLibrary} finds and loads the library, once, and
 * remembers why not. {@link io.github.bn4j.backend.cudnn.CudnnLimits} says which specs cuDNN can
 * compute; whatever it refuses goes to the backend {@code ptx} where the choice is automatic.
 * {@link io.github.bn4j.backend.cudnn.CudnnPlan} executes; {@link
 * io.github.bn4j.backend.cudnn.CudnnCalls} holds every call that JCudnn marks deprecated.
 *
 * <p>cuDNN never sees the user's running statistics: it knows only the unbiased variance and gives
 * NaN for one value per channel. It is given memory of the plan's instead, with factor 1, which
 * then holds the batch's mean and unbiased variance, and our own kernel ({@code bn_running_update})
 * updates the user's from that, so that every convention gives the same answer as on any other
 * backend.
 *
 * <p>{@code SPATIAL_PERSISTENT} is a backend of its own, {@code cudnn-persistent}: it is faster for
 * some shapes, but restricts the range of f16 input, so it is used only when it is named.
 *
 * <p>Source: the cuDNN 9 API reference, legacy ops, {@code cudnnBatchNormalization*}.
 */
@NullMarked
package io.github.bn4j.backend.cudnn;

import org.jspecify.annotations.NullMarked;
