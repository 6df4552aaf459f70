package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random and damaged files are read or refused; nothing else is thrown, nothing hangs. A file that
 * is read is written and read again to the same bytes.
 */
final class SafetensorsFuzzTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** What headers are made of. */
  private static final String[] WORDS = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"dtype\":",
    "\"shape\":",
    "\"data_offsets\":",
    "\"F32\"",
    "\"I64\"",
    "\"x\":",
    "\"y\":",
    "\"__metadata__\":",
    "0",
    "1",
    "4",
    "8",
    "16",
    "-1",
    "1e9",
    "9223372036854775807",
    "null",
    "true",
    " ",
    "\\u",
    "\\ud83d",
    "\u00e9",
    "[0,4]",
    "[]",
    "[1]",
    "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
  };

  @TempDir private Path folder;

  /** True if it was read. */
  private boolean readOrRefused(byte[] bytes) throws IOException {
    Path file = RawFile.write(folder, bytes);
    NamedTensors tensors;
    try {
      tensors = Safetensors.read(file);
    } catch (MalformedFileException refused) {
      assertThat(refused).hasMessageStartingWith(file + ": ");
      return false;
    }
    Path again = folder.resolve("again");
    Safetensors.write(again, tensors);
    byte[] once = Files.readAllBytes(again);
    Safetensors.write(again, Safetensors.read(again));
    assertThat(Files.readAllBytes(again)).isEqualTo(once);
    return true;
  }

  private byte[] valid() throws IOException {
    Path file = folder.resolve("valid");
    Safetensors.write(
        file,
        NamedTensors.builder()
            .put("weight", HostTensor.of(1f, 2f, 3f, 4f, 5f, 6f), 3, 2)
            .put("bias", HostTensor.of(1.0, 2.0), 2)
            .put("count", HostTensor.of(3L))
            .put("empty", HostTensor.of(new float[0]), 0, 7)
            .metadata("format", "pt")
            .build());
    return Files.readAllBytes(file);
  }

  @Test
  void randomBytes() {
    Assertions.assertTimeoutPreemptively(
        LIMIT,
        () -> {
          Random random = new Random(1);
          for (int i = 0; i < 300; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 8 && random.nextBoolean()) {
              Arrays.fill(bytes, 1, 8, (byte) 0);
            }
            readOrRefused(bytes);
          }
        });
  }

  @Test
  void randomHeaders() {
    Assertions.assertTimeoutPreemptively(
        LIMIT,
        () -> {
          Random random = new Random(2);
          Path file = Path.of("f");
          for (int i = 0; i < 20000; i++) {
            StringBuilder header = new StringBuilder("{");
            int words = random.nextInt(24);
            for (int w = 0; w < words; w++) {
              header.append(WORDS[random.nextInt(WORDS.length)]);
            }
            int dataBytes = random.nextInt(3) * 4;
            try {
              assertThat(SafetensorsHeader.parse(file, header.toString(), dataBytes)).isNotNull();
              readOrRefused(RawFile.bytes(header.toString(), dataBytes));
            } catch (MalformedFileException refused) {
              assertThat(refused.getMessage()).startsWith("f: ");
            }
          }
        });
  }

  @Test
  void mutations() throws IOException {
    byte[] valid = valid();
    assertThat(readOrRefused(valid)).isTrue();
    Assertions.assertTimeoutPreemptively(
        LIMIT,
        () -> {
          Random random = new Random(3);
          int read = 0;
          for (int i = 0; i < 700; i++) {
            read += readOrRefused(mutated(valid, random)) ? 1 : 0;
          }
          assertThat(read).isBetween(20, 680);
        });
  }

  private static byte[] mutated(byte[] valid, Random random) {
    byte[] bytes = valid.clone();
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) "0123456789{}[]:,\"".charAt(random.nextInt(17));
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        default -> {
          int end = Math.min(bytes.length, at + random.nextInt(20));
          ByteBuffer twice = ByteBuffer.allocate(bytes.length + end - at);
          twice.put(bytes, 0, end).put(bytes, at, bytes.length - at);
          bytes = twice.array();
        }
      }
      if (bytes.length == 0) {
        break;
      }
    }
    return bytes;
  }

  /** Tens of thousands of tensors: reading that is slower than linear would show. */
  @Test
  void longHeader_isReadInTime() {
    StringBuilder header = new StringBuilder("{");
    int count = 0;
    while (header.length() < Safetensors.MAX_HEADER_BYTES / 4) {
      header
          .append('"')
          .append(Integer.toString(count++, 36))
          .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},");
    }
    header.setCharAt(header.length() - 1, '}');
    byte[] bytes = RawFile.bytes(header.toString(), 0);
    int expected = count;
    Assertions.assertTimeoutPreemptively(
        LIMIT,
        () ->
            assertThat(Safetensors.read(RawFile.write(folder, bytes)).tensors()).hasSize(expected));
  }
}
