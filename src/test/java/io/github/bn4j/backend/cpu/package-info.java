/** Tests of the CPU backend: both kinds of inner loops against the reference. */
@NullMarked
package io.github.bn4j.backend.cpu;

import org.jspecify.annotations.NullMarked;
