package io.github.bn4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * One call of the command line.
 *
 * @param code exit code
 * @param out standard output
 * @param err standard error
 */
record Bn4j(int code, String out, String err) {
  static Bn4j run(String... args) {
    return run(Terminal.NONE, args);
  }

  static Bn4j run(Terminal terminal, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(terminal, new PrintWriter(out), new PrintWriter(err), args);
    return new Bn4j(code, out.toString(), err.toString());
  }
}
