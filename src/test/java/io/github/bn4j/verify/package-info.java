/** Tests of the judge's measure, and of what it finds. */
@NullMarked
package io.github.bn4j.verify;

import org.jspecify.annotations.NullMarked;
