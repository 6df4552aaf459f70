package io.github.bn4j.cuda;

import java.util.ArrayDeque;
import java.util.Deque;

/** What somebody made and has to give back, in the opposite order; closing twice is harmless. */
public final class Resources implements AutoCloseable {
  private final Deque<AutoCloseable> made = new ArrayDeque<>();

  /** Takes over what is to be closed. */
  public <T extends AutoCloseable> T keep(T resource) {
    made.push(resource);
    return resource;
  }

  @Override
  public void close() {
    RuntimeException first = null;
    while (!made.isEmpty()) {
      try {
        made.pop().close();
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      } catch (Exception e) {
        throw new AssertionError("close: nothing here throws checked exceptions", e);
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
