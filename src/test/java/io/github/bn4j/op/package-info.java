/** Tests of the vocabulary. */
@NullMarked
package io.github.bn4j.op;

import org.jspecify.annotations.NullMarked;
