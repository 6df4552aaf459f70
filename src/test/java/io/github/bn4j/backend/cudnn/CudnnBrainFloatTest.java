package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.TensorShape;
import org.junit.jupiter.api.Test;

/** A device whose cuDNN takes no bf16. Those that do are the laws' business. */
@EmulatedCuda(computeCapability = 75)
final class CudnnBrainFloatTest {
  @Test
  void supports_bf16WhereItIsRefused_saysThatItWasTried() {
    System.setProperty(CudnnPlaces.PROPERTY, EmulatedDriver.directory().toString());
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(4, 8, 7)).dataType(DataType.BF16).build();

    assertThat(CudnnBackend.spatial().supports(spec).reason())
        .startsWith("cudnn: bf16 was tried and refused (cudnnBatchNormalizationForwardTraining: ")
        .endsWith("use ptx");
    assertThat(
            CudnnBackend.spatial()
                .supports(spec.toBuilder().dataType(DataType.F32).build())
                .isYes())
        .isTrue();
  }
}
