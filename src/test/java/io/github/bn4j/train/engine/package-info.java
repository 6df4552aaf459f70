/** What every engine of the workload has to compute. */
@NullMarked
package io.github.bn4j.train.engine;

import org.jspecify.annotations.NullMarked;
