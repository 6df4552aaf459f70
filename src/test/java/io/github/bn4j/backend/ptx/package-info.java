/** Tests of the kernels and of the backend that runs them. */
@NullMarked
package io.github.bn4j.backend.ptx;

import org.jspecify.annotations.NullMarked;
