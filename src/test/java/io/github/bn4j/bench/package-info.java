/** Tests of the benchmark engine, and JMH benchmarks. */
@NullMarked
package io.github.bn4j.bench;

import org.jspecify.annotations.NullMarked;
