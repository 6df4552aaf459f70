/** Tests of the layer and of how a backend is chosen. */
@NullMarked
package io.github.bn4j.api;

import org.jspecify.annotations.NullMarked;
