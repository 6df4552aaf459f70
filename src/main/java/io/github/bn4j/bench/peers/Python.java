package io.github.bn4j.bench.peers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.bn4j.bench.PeerFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A Python that has torch, and the script to run in it. */
public final class Python {
  /** Names a Python, as the option {@code --python} does. */
  public static final String VARIABLE = "BN4J_PYTHON";

  /** Importing torch takes seconds, from a cold disk of a busy host far longer. */
  private static final Duration TO_IMPORT = Duration.ofMinutes(3);

  private static final String SCRIPT = "/peers/peers.py";

  private final Command command;
  private final String description;
  private @Nullable LineProcess first;

  /** What is started, and with how many threads of PyTorch on the processor. */
  private record Command(String python, Path script, int threads) {}

  private Python(Command command, JsonObject hello, LineProcess first) {
    this.command = command;
    this.description = describe(command.python, hello);
    this.first = first;
  }

  /**
   * Looks for a Python with torch: the one that is named, else that of the environment, else what
   * the search path has.
   *
   * @param named its command; null to look for one
   * @param threads of PyTorch on the processor
   * @throws PeerFailure if there is none, with what was tried and what to do
   */
  public static Python find(@Nullable String named, int threads) {
    return find(named == null ? candidates() : List.of(named), script(), threads);
  }

  static Python find(List<String> candidates, Path script, int threads) {
    List<String> tried = new ArrayList<>();
    for (String candidate : candidates) {
      LineProcess process = null;
      try {
        process = start(candidate, script, threads);
        JsonObject hello = hello(process);
        if (!text(hello, "torch", "").isEmpty()) {
          return new Python(new Command(candidate, script, threads), hello, process);
        }
        tried.add(candidate + ": " + text(hello, "why", "no torch"));
      } catch (PeerFailure e) {
        tried.add(candidate + ": " + e.getMessage());
      }
      if (process != null) {
        process.close();
      }
    }
    throw new PeerFailure(
        "expected a Python with PyTorch, found none ("
            + String.join("; ", tried)
            + "); install it (pip install torch), or name a Python that has it with --python PATH or "
            + VARIABLE
            + "; on the processor scripts/bench-peers measures PyTorch and oneDNN without Python");
  }

  private static List<String> candidates() {
    String variable = System.getenv(VARIABLE);
    return variable == null || variable.isEmpty()
        ? List.of("python3", "python")
        : List.of(variable);
  }

  /** The script as a file, since Python reads requests from its standard input. */
  private static Path script() {
    try (InputStream stream =
        Objects.requireNonNull(Python.class.getResourceAsStream(SCRIPT), SCRIPT)) {
      Path file = Files.createTempFile("bn4j-peers", ".py");
      file.toFile().deleteOnExit();
      Files.write(file, stream.readAllBytes());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("peers: cannot write the script to the temporary folder", e);
    }
  }

  private static LineProcess start(String command, Path script, int threads) {
    return LineProcess.start(
        List.of(command, script.toString(), "--serve"), PythonPeers.environment(threads));
  }

  private static JsonObject hello(LineProcess process) {
    JsonObject hello = process.answer(TO_IMPORT);
    if (!text(hello, "hello", "").equals("bn4j-peers")) {
      throw new PeerFailure("expected a greeting of peers.py, got " + hello);
    }
    return hello;
  }

  private static String text(JsonObject object, String name, String otherwise) {
    JsonElement value = object.get(name);
    return value != null && value.isJsonPrimitive() ? value.getAsString() : otherwise;
  }

  private static String describe(String command, JsonObject hello) {
    String gpu = text(hello, "device", "");
    return "PyTorch "
        + text(hello, "torch", "")
        + (gpu.isEmpty()
            ? " on the processor"
            : ", CUDA "
                + text(hello, "cuda", "none")
                + ", cuDNN "
                + text(hello, "cudnn", "none")
                + ", "
                + gpu)
        + ", in "
        + command;
  }

  /** Name and versions, for reports. */
  String describe() {
    return description;
  }

  /** The process that was found at first, later a new one that has imported torch. */
  LineProcess start() {
    LineProcess process = first;
    first = null;
    if (process == null) {
      process = start(command.python, command.script, command.threads);
      hello(process);
    }
    return process;
  }
}
