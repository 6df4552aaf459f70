package io.github.bn4j.train.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.ptx.KernelStructs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The structs of train_arguments.cuh and the twins' enums name the same fields in order. */
final class TrainKernelFieldsTest {
  private static final Path STRUCTS = Path.of("kernels/include/train_arguments.cuh");

  static List<Arguments> twins() {
    return List.of(
        Arguments.of("Slot", OptimizerKernel.SlotField.values()),
        Arguments.of("OptimizerArguments", OptimizerKernel.Field.values()),
        Arguments.of("LossArguments", LossKernel.Field.values()),
        Arguments.of("DropoutArguments", DropoutKernel.Field.values()),
        Arguments.of("SumArguments", SumKernel.Field.values()),
        Arguments.of("ClockArguments", ClockKernel.Field.values()));
  }

  @ParameterizedTest
  @MethodSource("twins")
  void twin_namesTheStructsFieldsInOrder(String struct, Enum<?>[] fields) throws IOException {
    assertThat(Arrays.stream(fields).map(Enum::name))
        .containsExactlyElementsOf(KernelStructs.fieldsOf(STRUCTS, struct));
  }
}
