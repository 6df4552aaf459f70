package io.github.bn4j.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A shell script in the place of Python with torch: it speaks the protocol as {@code peers.py}
 * does, or breaks it.
 */
public final class FakePeers {
  private static final String GREETING =
      "{\"hello\":\"bn4j-peers\",\"version\":1,\"torch\":\"2.99\",\"cuda\":\"13.0\","
          + "\"cudnn\":92500,\"device\":\"Fake GPU\"}";

  private FakePeers() {}

  /**
   * Writes an executable script.
   *
   * @param greeting its first line; empty for that of PyTorch 2.99
   * @param answers shell commands by what is asked: prepare, warm-up, group, end
   */
  static Path write(Path folder, String greeting, Map<String, String> answers) throws IOException {
    StringBuilder script = new StringBuilder("#!/bin/sh\n");
    script.append("echo '").append(greeting.isEmpty() ? GREETING : greeting).append("'\n");
    script.append("while read -r line; do\n  echo \"$line\" >> '").append(log(folder));
    script.append("'\n  case $line in\n");
    answers.forEach(
        (what, command) ->
            script
                .append("    *'\"do\":\"")
                .append(what)
                .append("\"'*) ")
                .append(command)
                .append(" ;;\n"));
    script.append("    *) echo '{}' ;;\n  esac\ndone\n");
    Path file = Files.writeString(folder.resolve("python-" + answers.hashCode()), script);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + file + " executable");
    }
    return file;
  }

  /** What was asked, a line each. */
  static Path log(Path folder) {
    return folder.resolve("asked.log");
  }

  /** A script that does as it should: torch takes 50, torch.compile is refused. */
  public static Path good(Path folder) throws IOException {
    return write(
        folder,
        "",
        Map.of(
            "prepare",
            "echo '{\"peers\":[\"torch\"],\"refused\":{\"torch.compile\":\"no compiler\"}}'",
            "warm-up",
            "echo '{\"calls\":3}'",
            "group",
            "echo '{\"us\":50.5}'"));
  }
}
