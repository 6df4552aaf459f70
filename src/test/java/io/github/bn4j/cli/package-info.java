/** Tests of the command line, run in this process with captured streams. */
@NullMarked
package io.github.bn4j.cli;

import org.jspecify.annotations.NullMarked;
