/** Tests of the charts. */
@NullMarked
package io.github.bn4j.chart;

import org.jspecify.annotations.NullMarked;
