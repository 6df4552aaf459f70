package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The structs of bn_arguments.cuh and the twins' enums name the same fields in the same order. */
final class KernelFieldsTest {
  private static final Path STRUCTS = Path.of("kernels/include/bn_arguments.cuh");

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
        .containsExactlyElementsOf(KernelStructs.fieldsOf(STRUCTS, struct));
  }
}
