package io.github.bn4j.cli;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import picocli.CommandLine.Help.Ansi;

/**
 * Whether a person is looking. The launcher asks the shell and passes the answer, since Java cannot
 * tell standard output and standard error apart.
 *
 * @param out true if standard output is a terminal
 * @param err true if standard error is a terminal
 */
record Terminal(boolean out, boolean err) {
  static final Terminal NONE = new Terminal(false, false);

  /**
   * Set by the launcher to the streams that are terminals: {@code out}, {@code err}, both or "".
   */
  private static final String PROPERTY = "bn4j.terminal";

  /** Set by the launcher to a path that stands for the real standard error. */
  private static final String STDERR_PROPERTY = "bn4j.stderr";

  static Terminal ofProcess() {
    String streams = System.getProperty(PROPERTY);
    if (streams != null) {
      return new Terminal(streams.contains("out"), streams.contains("err"));
    }
    boolean both = Ansi.AUTO.enabled();
    return new Terminal(both, both);
  }

  /**
   * Writes to the standard error that the launcher passes, past its filter of the JVM's own lines.
   */
  static void takeStandardError() {
    String path = System.getProperty(STDERR_PROPERTY);
    if (path == null) {
      return;
    }
    try {
      // Appending, since it may be a file that others write to as well.
      FileOutputStream stream = new FileOutputStream(path, true);
      System.setErr(new PrintStream(stream, true, Charset.defaultCharset()));
    } catch (FileNotFoundException e) {
      // It cannot be opened a second time (a socket, another user's terminal): the filter's will
      // do.
    }
  }

  Ansi outColours() {
    return colours(out);
  }

  Ansi errColours() {
    return colours(err);
  }

  /** See https://no-color.org: any value of NO_COLOR but the empty one switches colour off. */
  private static Ansi colours(boolean terminal) {
    String noColor = System.getenv("NO_COLOR");
    boolean wanted = noColor == null || noColor.isEmpty();
    return terminal && wanted && !"dumb".equals(System.getenv("TERM")) ? Ansi.ON : Ansi.OFF;
  }
}
