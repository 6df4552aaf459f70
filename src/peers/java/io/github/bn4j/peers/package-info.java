/**
 * Times PyTorch and oneDNN on the processor next to the CPU backend: same shapes, same number of
 * threads, same run, in turns. Part of no jar; {@code scripts/bench-peers} builds and runs it with
 * the Maven profile {@code peers}.
 *
 * <p>What is compared is the pass alone. Inputs and outputs stay where they are, except where
 * PyTorch has no such call: its backward pass allocates dx each time, so the script makes glibc
 * keep freed memory instead of returning it to the system, where page faults would double the time.
 */
@NullMarked
package io.github.bn4j.peers;

import org.jspecify.annotations.NullMarked;
