/**
 * The device layer: what the GPU backends and users' own GPU code need of the CUDA driver, and the
 * only importer of {@code jcuda.driver}.
 *
 * <p>{@link io.github.bn4j.cuda.CudaProbe} is the door. It finds out once whether there is a driver
 * and a device, remembers the reason if there is not, and never throws; nothing else here may be
 * touched unless it says yes, since touching a JCuda class loads native code.
 *
 * <p>Behind the door:
 *
 * <ul>
 *   <li>{@link io.github.bn4j.cuda.CudaDevice}, what a device can do; {@link
 *       io.github.bn4j.cuda.CudaContext}, a device's primary context (the one that the CUDA runtime
 *       and most libraries use) or a user's own;
 *   <li>{@link io.github.bn4j.cuda.CudaStream}, {@link io.github.bn4j.cuda.CudaEvent}, {@link
 *       io.github.bn4j.cuda.CudaGraph}: order, time, and replay of work;
 *   <li>{@link io.github.bn4j.cuda.CudaModule}, {@link io.github.bn4j.cuda.CudaFunction}, {@link
 *       io.github.bn4j.cuda.KernelArguments}: kernels. A kernel takes one struct, kept in a direct
 *       buffer and rewritten in place, since JCuda spends half a microsecond on every argument;
 *   <li>{@link io.github.bn4j.cuda.DeviceBuffer}, {@link io.github.bn4j.cuda.PinnedBuffer}, {@link
 *       io.github.bn4j.cuda.CudaMemory}: memory. Copies go through direct buffers only.
 * </ul>
 *
 * <p>Calls may come from any thread. What creates, copies or waits makes its context current for
 * the length of the call and leaves the caller's as it was; {@link
 * io.github.bn4j.cuda.CudaFunction#launch} does not, so that a plan of several kernels pays for it
 * once ({@link io.github.bn4j.cuda.CudaContext#enter}). Whatever is native is closed by its owner,
 * twice without harm; what was forgotten is freed when it is collected, with a warning that names
 * where it was made ({@link io.github.bn4j.cuda.NativeResource}). Every status is checked, since
 * JCuda's own exceptions are off by default.
 *
 * <p>Not called, because JCuda 12.6's binding is broken: {@code cuMemPoolCreate} (corrupts the Java
 * heap), {@code cuGraphExecUpdate} and {@code cuStreamGetCaptureInfo} (throw).
 */
@NullMarked
package io.github.bn4j.cuda;

import org.jspecify.annotations.NullMarked;
