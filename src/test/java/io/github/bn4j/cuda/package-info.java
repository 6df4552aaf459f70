/** Tests of the device layer. */
@NullMarked
package io.github.bn4j.cuda;

import org.jspecify.annotations.NullMarked;
