package io.github.bn4j.bench.peers;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.bn4j.bench.PeerFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process that answers each line of JSON with one. Any failure ends it. */
final class LineProcess implements AutoCloseable {
  /** What is shown of an answer that is none, or of the last words of a process. */
  private static final int SHOWN = 200;

  /** Long enough for a process that ends by itself to do so. */
  private static final int SECONDS_TO_END = 5;

  private final Process process;
  private final Path errors;
  private final Writer requests;
  private final BlockingQueue<Line> answers = new ArrayBlockingQueue<>(16);

  /** A line of standard output, or its end. */
  private record Line(@Nullable String text) {}

  private LineProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "bn4j-peers");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts it; the environment is this process' with these additions where it has no such names.
   *
   * @throws PeerFailure if it cannot be started
   */
  static LineProcess start(List<String> command, Map<String, String> additions) {
    try {
      Path errors = Files.createTempFile("bn4j-peers", ".log");
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      additions.forEach((name, value) -> builder.environment().putIfAbsent(name, value));
      try {
        return new LineProcess(builder.start(), errors);
      } catch (IOException e) {
        Files.deleteIfExists(errors);
        throw e;
      }
    } catch (IOException e) {
      throw new PeerFailure(command.get(0) + ": cannot be started: " + e.getMessage());
    }
  }

  private void read() {
    try {
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        String line;
        while ((line = lines.readLine()) != null) {
          answers.put(new Line(line));
        }
      } catch (IOException e) {
        // The stream was closed under the reader: the same as its end.
      }
      answers.put(new Line(null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws PeerFailure if the process ended, answered something else, or did not in time; it is
   *     ended then
   */
  JsonObject ask(JsonObject request, Duration patience) {
    try {
      requests.write(request + "\n");
      requests.flush();
    } catch (IOException e) {
      throw failure("it ended");
    }
    return answer(patience);
  }

  /** Waits for a line that was not asked for: the first one. */
  JsonObject answer(Duration patience) {
    Line line = next(patience);
    if (line == null) {
      throw failure("it gave no answer in " + patience.toMillis() / 1e3 + " s");
    }
    if (line.text() == null) {
      throw failure("it ended");
    }
    try {
      return JsonParser.parseString(line.text()).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw failure("expected an object of JSON, got " + shortened(line.text()));
    }
  }

  private @Nullable Line next(Duration patience) {
    try {
      return answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Ends the process; the message has its exit code, and the last line that it wrote to stderr. */
  private PeerFailure failure(String what) {
    String code = "";
    try {
      // One that ended may not be reaped yet.
      if (what.equals("it ended") && process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        code = " with exit code " + process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return new PeerFailure("the peers' process: " + what + code + lastWords());
  }

  private String lastWords() {
    try {
      String last =
          Files.readString(errors)
              .lines()
              .filter(line -> !line.isBlank())
              .reduce("", (before, line) -> line);
      return last.isEmpty() ? "" : ": " + shortened(last.strip());
    } catch (IOException e) {
      return "";
    }
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Closes its standard input, which a well-behaved process takes as the end, and insists. */
  @Override
  public void close() {
    try {
      requests.close();
    } catch (IOException e) {
      // It is gone already.
    }
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(errors);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // A temporary file that stays does no harm.
    }
  }
}
