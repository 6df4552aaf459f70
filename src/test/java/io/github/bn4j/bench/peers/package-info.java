/** Tests of the process that peers run in, with stand-ins for the script. */
@NullMarked
package io.github.bn4j.bench.peers;

import org.jspecify.annotations.NullMarked;
