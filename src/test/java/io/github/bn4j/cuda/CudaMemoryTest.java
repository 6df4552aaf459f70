package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import org.junit.jupiter.api.Test;

@EmulatedCuda(computeCapability = {90, 75})
final class CudaMemoryTest {
  @AlsoOnGpu
  @Test
  void copyOf_moreThanTwoStagingBuffers_comesBackUnchanged() {
    int elements = 2 * CudaMemory.STAGING_BYTES / Float.BYTES + 12345;
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = i;
    }
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      HostTensor back = memory.toHost(memory.copyOf(HostTensor.of(values)));

      assertThat(back.toFloats()).isEqualTo(values);
    }
  }

  @AlsoOnGpu
  @Test
  void write_sourceChangedAfterwards_deviceKeepsWhatWasThere() {
    float[] values = {1, 2, 3};
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      DeviceBuffer buffer = memory.allocate(DataType.F32, 3);
      memory.write(buffer, HostTensor.of(values));
      values[0] = 100;

      assertThat(memory.toHost(buffer).toFloats()).containsExactly(1, 2, 3);
    }
  }

  @AlsoOnGpu
  @Test
  void allocate_memoryThatWasUsedBefore_isZero() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      DeviceBuffer first = memory.allocate(DataType.F32, 100);
      memory.write(first, sevens(100));
      long address = first.address();
      first.close();
      DeviceBuffer second = memory.allocate(DataType.F32, 100);

      assertThat(second.address()).as("used again").isEqualTo(address);
      assertThat(memory.toHost(second).toFloats()).containsOnly(0);
    }
  }

  private static HostTensor sevens(int elements) {
    HostTensor tensor = HostTensor.allocate(DataType.F32, elements);
    for (int i = 0; i < elements; i++) {
      tensor.set(i, 7);
    }
    return tensor;
  }

  @Test
  void allocate_whenTheDeviceIsFull_freesTheCacheFirst() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      memory.allocate(DataType.F32, 1000).close();
      EmulatedDriver.failNext("cuMemAlloc", 1, 2);

      DeviceBuffer buffer = memory.allocate(DataType.F32, 5000);

      assertThat(memory.toHost(buffer).toFloats()).hasSize(5000);
      assertThat(EmulatedDriver.allocations()).hasSize(1);
    }
  }

  @Test
  void allocate_moreThanThereIs_saysHowMuchWasAskedAndIsFree() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      assertThatThrownBy(() -> memory.allocate(DataType.F32, 1L << 30))
          .isInstanceOf(DeviceException.class)
          .hasMessageMatching(
              "cuMemAlloc: expected CUDA_SUCCESS, got CUDA_ERROR_OUT_OF_MEMORY \\(2\\) while"
                  + " allocating 4.0 GiB; \\S+ [MG]iB of 1.0 GiB free; close buffers and plans that"
                  + " are no longer used, or use a smaller batch");
    }
  }

  @AlsoOnGpu
  @Test
  void allocate_noElements_givesAnEmptyBuffer() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      assertThat(memory.toHost(memory.allocate(DataType.F16, 0)).elements()).isZero();
    }
  }

  @AlsoOnGpu
  @Test
  void write_closedBuffer_isRefused() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      DeviceBuffer buffer = memory.allocate(DataType.F32, 3);
      buffer.close();

      assertThatThrownBy(() -> memory.write(buffer, HostTensor.of(1f, 2f, 3f)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("target: expected open device memory, got a closed tensor");
    }
  }

  @Test
  void read_bufferOfAnotherDevice_isRefused() {
    try (CudaMemory first = new CudaMemory(new PlanOptions(0, 0, null));
        CudaMemory second = new CudaMemory(new PlanOptions(0, 1, null))) {
      DeviceBuffer buffer = second.allocate(DataType.F32, 1);

      assertThatThrownBy(() -> first.read(buffer, HostTensor.of(0f)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("source: expected memory of device 0, got memory of device 1");
    }
  }

  @AlsoOnGpu
  @Test
  void write_wrongTypeOrLength_isRefused() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      DeviceBuffer buffer = memory.allocate(DataType.F32, 3);

      assertThatThrownBy(() -> memory.write(buffer, HostTensor.of(1f)))
          .hasMessage("copy: expected 3 elements of f32, got 1 of f32");
      assertThatThrownBy(() -> memory.write(buffer, HostTensor.of(1d, 2d, 3d)))
          .hasMessage("copy: expected 3 elements of f32, got 3 of f64");
    }
  }

  @AlsoOnGpu
  @Test
  void copy_onTheDevice_copiesAndChecksSizes() {
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      DeviceBuffer source = memory.copyOf(HostTensor.of(1f, 2f, 3f));
      DeviceBuffer target = memory.allocate(DataType.F32, 3);
      memory.copy(source, target);

      assertThat(memory.toHost(target).toFloats()).containsExactly(1, 2, 3);
      assertThatThrownBy(() -> memory.copy(source, memory.allocate(DataType.F32, 2)))
          .hasMessage("copy: expected 2 elements of f32, got 3 of f32");
    }
  }

  @Test
  void close_freesEverythingAndIsHarmlessTwice() {
    CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT);
    DeviceBuffer kept = memory.copyOf(HostTensor.of(1f));
    memory.close();
    memory.close();

    assertThat(kept.isClosed()).isTrue();
    assertThat(EmulatedDriver.allocations()).isEmpty();
    assertThatThrownBy(() -> memory.allocate(DataType.F32, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("got one that was closed");
  }
}
