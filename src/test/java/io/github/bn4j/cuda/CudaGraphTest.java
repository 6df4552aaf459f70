package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.DataType;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class CudaGraphTest {
  private final CudaContext context = CudaContext.primary(0);

  @AlsoOnGpu
  @Test
  void launch_replaysWhatWasCaptured() {
    try (CudaStream stream = CudaStream.create(context);
        CudaMemory memory = new CudaMemory(stream);
        CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
      AddKernel kernel = new AddKernel(module);
      DeviceBuffer x = memory.allocate(DataType.F32, 130);
      try (CudaGraph graph =
          CudaGraph.capture(
              stream,
              () -> {
                kernel.launch(x, 1f, stream);
                kernel.launch(x, 2f, stream);
              })) {
        assertThat(memory.toHost(x).toFloats()).as("captured, not run").containsOnly(0f);
        graph.launch(stream);
        graph.launch(stream);
        graph.launch(stream);

        assertThat(memory.toHost(x).toFloats()).containsOnly(9f);
      }
    }
  }

  @AlsoOnGpu
  @Test
  void capture_whenTheWorkThrows_endsTheCaptureAndPassesItOn() {
    try (CudaStream stream = CudaStream.create(context)) {
      assertThatThrownBy(
              () ->
                  CudaGraph.capture(
                      stream,
                      () -> {
                        throw new IllegalStateException("the user's own");
                      }))
          .hasMessage("the user's own");
      // Synchronizing would fail inside a capture.
      stream.synchronize();
    }
  }

  @AlsoOnGpu
  @Test
  void capture_workThatSynchronizes_saysWhatIsAllowed() {
    try (CudaStream stream = CudaStream.create(context)) {
      assertThatThrownBy(() -> CudaGraph.capture(stream, stream::synchronize))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("inside a capture only plans may run");
    }
  }

  @Test
  void capture_whenInstantiationFails_leavesNothing() {
    try (CudaStream stream = CudaStream.create(context)) {
      EmulatedDriver.failNext("cuGraphInstantiate", 1, 2);

      assertThatThrownBy(() -> CudaGraph.capture(stream, () -> {}))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("cuGraphInstantiate");
      stream.synchronize();
    }
  }

  @AlsoOnGpu
  @Test
  void launch_closedGraph_isRefused() {
    try (CudaStream stream = CudaStream.create(context)) {
      CudaGraph graph = CudaGraph.capture(stream, () -> {});
      graph.close();

      assertThatThrownBy(() -> graph.launch(stream))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("got closed graph of device 0");
    }
  }
}
