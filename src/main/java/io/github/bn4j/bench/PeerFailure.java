package io.github.bn4j.bench;

/** Somebody else's implementation, or the process it runs in, failed; the message says how. */
public final class PeerFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A failure, for a person to read. */
  public PeerFailure(String message) {
    super(message);
  }
}
