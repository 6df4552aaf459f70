/** Tests of the engine for the CPU. */
@NullMarked
package io.github.bn4j.train.cpu;

import org.jspecify.annotations.NullMarked;
