package io.github.bn4j.peers;

import io.github.bn4j.bench.BenchmarkCase;

/** Somebody else's batch normalization. */
interface Peer {
  /** As it is called in the table. */
  String name();

  /**
   * A call of the case, ready to be timed.
   *
   * @throws RuntimeException if the library does not have it
   */
  Runnable prepare(BenchmarkCase each);
}
