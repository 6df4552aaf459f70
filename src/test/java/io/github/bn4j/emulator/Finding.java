package io.github.bn4j.emulator;

/**
 * Something that the emulated device found wrong.
 *
 * @param kind what: "out of bounds", "shared race", "divergent barrier" and so on; "driver" for
 *     what is no kernel's fault
 * @param kernel entry point
 * @param block x y z
 * @param thread x y z in its block
 * @param ptxLine line of the PTX
 * @param sourceFile file of the CUDA source; empty when built without line information
 * @param sourceLine line in it, or 0
 * @param count how often at this place
 * @param message the whole in words
 */
public record Finding(
    String kind,
    String kernel,
    String block,
    String thread,
    int ptxLine,
    String sourceFile,
    int sourceLine,
    long count,
    String message) {
  static Finding parse(String line) {
    String[] field = line.split("\t", 13);
    return new Finding(
        field[0],
        field[1],
        field[2] + " " + field[3] + " " + field[4],
        field[5] + " " + field[6] + " " + field[7],
        Integer.parseInt(field[8]),
        field[9],
        Integer.parseInt(field[10]),
        Long.parseLong(field[11]),
        field[12]);
  }

  @Override
  public String toString() {
    return kind + ": " + message + (count > 1 ? " (" + count + " times)" : "");
  }
}
