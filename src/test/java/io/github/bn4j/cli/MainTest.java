package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.cuda.DeviceException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import picocli.CommandLine.Help.Ansi;

/** What all commands have in common, and {@code info}. */
final class MainTest {
  @Test
  void help_listsCommandsExamplesAndExitCodes() {
    Bn4j help = Bn4j.run("--help");

    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("Commands", "info", "Examples", "bn4j verify", "Exit codes");
  }

  @Test
  void helpOfEachCommand_hasAnExample() {
    String commands = Bn4j.run("--help").out();
    for (String command : Main.commandLine().getSubcommands().keySet()) {
      assertThat(commands).contains(command);
      assertThat(Bn4j.run(command, "--help").out())
          .as("help of %s", command)
          .contains("Examples", "  bn4j " + command, "Exit codes");
    }
  }

  @Test
  void noCommand_showsTheHelpOnStandardErrorAndFails() {
    Bn4j nothing = Bn4j.run();

    assertThat(nothing.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(nothing.out()).isEmpty();
    assertThat(nothing.err()).contains("Commands");
  }

  @Test
  void mistypedCommand_suggestsTheRightOne() {
    Bn4j mistyped = Bn4j.run("inof");

    assertThat(mistyped.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(mistyped.err()).contains("bn4j: ", "'inof'", "info", "Try 'bn4j --help'.");
  }

  @Test
  void jsonThatTakesAnArgument_isExplained() {
    Bn4j taken = Bn4j.run("evaluate", "--json", "cnn.safetensors");

    assertThat(taken.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(taken.err())
        .contains("'CHECKPOINT'", "(--json took \"cnn.safetensors\" for its own; put it last)");
    assertThat(Bn4j.run("calibrate", "--json", "a.safetensors", "b", "--output", "c").err())
        .contains("--json: expected a file for the report, got a.safetensors", "put --json last");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no devices among its files")
  void outputThatIsADevice_isRefusedBeforeTheWork() {
    Bn4j device = Bn4j.run("info", "--json", "/dev/null");

    assertThat(device.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(device.out()).isEmpty();
    assertThat(device.err())
        .contains("--json: expected a file to write or replace, got /dev/null, a pipe or a device");
  }

  @Test
  void version_isPrinted() {
    assertThat(Bn4j.run("--version").out()).startsWith("bn4j ");
  }

  @Test
  void info_saysWhetherEachBackendCanBeUsed() {
    Bn4j info = Bn4j.run("info");

    assertThat(info.code()).isZero();
    assertThat(info.out()).contains("machine", "java").containsPattern("reference +yes");
  }

  @Test
  void infoAsJson_holdsTheSame() {
    JsonObject info = JsonParser.parseString(Bn4j.run("info", "--json").out()).getAsJsonObject();

    assertThat(info.getAsJsonObject("machine").get("processors").getAsInt()).isPositive();
    assertThat(info.getAsJsonArray("backends").asList())
        .anySatisfy(
            backend -> {
              assertThat(backend.getAsJsonObject().get("name").getAsString())
                  .isEqualTo("reference");
              assertThat(backend.getAsJsonObject().get("available").getAsBoolean()).isTrue();
            });
  }

  @Test
  void colour_appearsOnlyOnATerminal() {
    assertThat(Bn4j.run("info").out()).doesNotContain("\u001b[");
    if (new Terminal(true, true).outColours() == Ansi.ON) {
      assertThat(Bn4j.run(new Terminal(true, true), "info").out()).contains("\u001b[");
    }
  }

  @Test
  void usersMistake_isOneLineAndHasNoStackTrace() {
    assertThat(complain(new IllegalArgumentException("epsilon: expected more"), false))
        .isEqualTo(new Bn4j(2, "", "bn4j: epsilon: expected more\n"));
    assertThat(complain(new NoSuchFileException("a.npy"), false))
        .isEqualTo(new Bn4j(2, "", "bn4j: a.npy: expected a file, found none; check the path\n"));
    assertThat(complain(new AccessDeniedException("a.npy"), false).err())
        .contains("a.npy: expected access, but it is denied");
    assertThat(complain(Failure.notAvailable("ptx: no driver"), false))
        .isEqualTo(new Bn4j(3, "", "bn4j: ptx: no driver\n"));
    assertThat(complain(new DeviceException("cuMemAlloc: out of memory", 2), false))
        .isEqualTo(new Bn4j(3, "", "bn4j: cuMemAlloc: out of memory\n"));
    assertThat(complain(new IOException("disk full"), false))
        .isEqualTo(new Bn4j(2, "", "bn4j: disk full\n"));
  }

  @Test
  void usersMistake_showsItsStackTraceIfVerbose() {
    assertThat(complain(new IllegalArgumentException("epsilon"), true).err())
        .contains("at io.github.bn4j.cli.MainTest");
  }

  @Test
  void programsMistake_asksForAReport() {
    Bn4j bug = complain(new ArrayIndexOutOfBoundsException("7"), false);

    assertThat(bug.code()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(bug.err()).contains("ArrayIndexOutOfBoundsException: 7", "report");
  }

  @Test
  void outOfMemory_saysWhatToDo() {
    Bn4j full = complain(new OutOfMemoryError("Java heap space"), false);

    assertThat(full.code()).isEqualTo(ExitCodes.UNEXPECTED);
    assertThat(full.err()).contains("the heap is", "BN4J_JAVA_OPTS=-Xmx");
  }

  private static Bn4j complain(Throwable failure, boolean verbose) {
    StringWriter err = new StringWriter();
    int code = new Complaints(Ansi.OFF).execution(failure, verbose, new PrintWriter(err));
    return new Bn4j(code, "", err.toString().replace("\r\n", "\n"));
  }
}
