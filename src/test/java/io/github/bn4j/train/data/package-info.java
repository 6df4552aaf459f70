/** Tests of the data sets. */
@NullMarked
package io.github.bn4j.train.data;

import org.jspecify.annotations.NullMarked;
