/** Tests of the GPU engine, on the emulated device and on hardware. */
@NullMarked
package io.github.bn4j.train.cuda;

import org.jspecify.annotations.NullMarked;
