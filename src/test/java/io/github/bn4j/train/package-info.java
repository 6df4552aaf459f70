/** Tests of the training workload: whole runs, and the files that keep them. */
@NullMarked
package io.github.bn4j.train;

import org.jspecify.annotations.NullMarked;
