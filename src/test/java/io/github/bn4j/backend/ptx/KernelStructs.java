package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the structs that kernels take from their header. */
public final class KernelStructs {
  private static final Pattern FIELD =
      Pattern.compile("(?m)^  (?:const )?([a-zA-Z0-9_ ]+?)(\\*?) ([a-zA-Z0-9]+);");

  private KernelStructs() {}

  /** A struct's fields in order, each of 8 bytes, named as a Java twin names them. */
  public static List<String> fieldsOf(Path header, String struct) throws IOException {
    return fieldsOf(Files.readString(header), struct);
  }

  private static List<String> fieldsOf(String source, String struct) {
    int start = source.indexOf("struct " + struct + " {");
    assertThat(start).as("struct " + struct).isNotNegative();
    String body = source.substring(start, source.indexOf("\n};", start));
    List<String> fields = new ArrayList<>();
    Matcher field = FIELD.matcher(body);
    while (field.find()) {
      boolean pointer = !field.group(2).isEmpty();
      if (field.group(1).equals("Finish")) {
        fields.addAll(fieldsOf(source, "Finish"));
      } else {
        assertThat(pointer || field.group(1).equals("i64") || field.group(1).equals("double"))
            .as("8 bytes: " + field.group())
            .isTrue();
        fields.add(constant(field.group(3)));
      }
    }
    return fields;
  }

  /** {@code savedInvStd} to {@code SAVED_INV_STD}. */
  private static String constant(String camel) {
    return camel.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }
}
