package io.github.bn4j.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that is not what its format says it should be. The message names the file, what was
 * expected, what was found and, where there is one, what to do.
 */
public final class MalformedFileException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * An exception about a file.
   *
   * @param file the file, shown as given
   * @param problem what was expected and what was found
   */
  public MalformedFileException(Path file, String problem) {
    super(file + ": " + problem);
  }
}
