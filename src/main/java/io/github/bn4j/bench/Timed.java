package io.github.bn4j.bench;

/** A call whose groups are timed in turns with those of others. */
public interface Timed {
  /**
   * Runs until times have settled, and fixes the number of calls of a group.
   *
   * @throws PeerFailure if somebody else's implementation gave up
   */
  void warmUp();

  /**
   * Runs one group; microseconds per call.
   *
   * @throws PeerFailure if somebody else's implementation gave up
   */
  double group();
}
