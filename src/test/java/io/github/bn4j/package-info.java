/** Tests that concern the whole project. */
@NullMarked
package io.github.bn4j;

import org.jspecify.annotations.NullMarked;
