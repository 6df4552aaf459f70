package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The structs of bn_arguments.cuh and the twins' enums name the same fields in the same order. */
final class KernelFieldsTest {
  private static final Path STRUCTS = Path.of("kernels/include/bn_arguments.cuh");
  private static final Pattern FIELD =
      Pattern.compile("(?m)^  (?:const )?([a-zA-Z0-9_ ]+?)(\\*?) ([a-zA-Z0-9]+);");

  static List<Arguments> twins() {
    return List.of(
        Arguments.of("StatisticsArguments", StatisticsKernel.Field.values()),
        Arguments.of("NormalizeArguments", NormalizeKernel.Field.values()),
        Arguments.of("InferenceArguments", InferenceKernel.Field.values()),
        Arguments.of("BackwardReduceArguments", BackwardReduceKernel.Field.values()),
        Arguments.of("BackwardApplyArguments", BackwardApplyKernel.Field.values()),
        Arguments.of("ForwardOnepassArguments", ForwardOnepassKernel.Field.values()),
        Arguments.of("BackwardOnepassArguments", BackwardOnepassKernel.Field.values()),
        Arguments.of("RunningUpdateArguments", RunningUpdateKernel.Field.values()),
        Arguments.of("MomentsArguments", MomentsKernel.Field.values()));
  }

  @ParameterizedTest
  @MethodSource("twins")
  void twin_namesTheStructsFieldsInOrder(String struct, Enum<?>[] fields) throws IOException {
    assertThat(Arrays.stream(fields).map(Enum::name))
        .containsExactlyElementsOf(fieldsOf(Files.readString(STRUCTS), struct));
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
