/**
 * Times PyTorch, and through it oneDNN, in a Python process beside this one.
 *
 * <p>{@link io.github.bn4j.bench.peers.PythonPeers} finds a Python with torch, starts the script
 * {@code peers/peers.py} from the jar in it and asks it, a line of JSON each way, to make a case
 * ready and to run a group of calls: so its groups and ours take turns. The script's own comment
 * lists the requests. A process that crashes, hangs or answers something else is ended, said aloud,
 * and started anew for the next case.
 */
@NullMarked
package io.github.bn4j.bench.peers;

import org.jspecify.annotations.NullMarked;
