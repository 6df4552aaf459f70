package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.DataType;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@EmulatedCuda
final class NativeResourceTest {
  @AlsoOnGpu
  @Test
  void open_namesWhatAndWhereItWasMade() {
    CudaContext context = CudaContext.primary(0);
    try (DeviceBuffer buffer = DeviceBuffer.allocate(context, DataType.F32, 256)) {
      assertThat(NativeResource.open())
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith("1.0 KiB of device 0, made at ")
                      .contains("open_namesWhatAndWhereItWasMade(NativeResourceTest.java:"));
      assertThat(buffer.isClosed()).isFalse();
    }
    assertThat(NativeResource.open())
        .noneMatch(line -> line.contains("open_namesWhatAndWhereItWasMade"));
  }

  @Test
  void collected_withoutBeingClosed_isFreedAndReported() throws InterruptedException {
    Logger logger = (Logger) LoggerFactory.getLogger(NativeResource.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    long before = NativeResource.leaked();
    try {
      leak();
      for (int i = 0; i < 100 && NativeResource.leaked() == before; i++) {
        System.gc();
        Thread.sleep(20);
      }
    } finally {
      logger.detachAppender(log);
    }
    assertThat(NativeResource.leaked()).isEqualTo(before + 1);
    for (int i = 0; i < 100 && !EmulatedDriver.allocations().isEmpty(); i++) {
      Thread.sleep(20);
    }
    assertThat(EmulatedDriver.allocations()).isEmpty();
    assertThat(log.list.get(0).getFormattedMessage())
        .startsWith("leaked: 300 B of device 0, made at ")
        .contains("leak(NativeResourceTest.java:")
        .endsWith("; close it. Freed now");
  }

  @SuppressWarnings({"resource", "CheckReturnValue"})
  private static void leak() {
    DeviceBuffer.allocate(CudaContext.primary(0), DataType.U8, 300);
  }

  @Test
  void close_whenTheDriverFails_saysWhatWasFreed() {
    DeviceBuffer buffer = DeviceBuffer.allocate(CudaContext.primary(0), DataType.U8, 300);
    long address = buffer.address();
    EmulatedDriver.failNext("cuMemFree", 1, 1);

    assertThatThrownBy(buffer::close)
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("CUDA_ERROR_INVALID_VALUE (1) while freeing 300 B of device 0");
    // Closed all the same: a second close must not free what somebody else may own by now.
    buffer.close();
    free(address);
  }

  /** Gives back what the injected failure left allocated. */
  private static void free(long address) {
    CudaContext context = CudaContext.primary(0);
    context.enter();
    JCudaDriver.cuMemFree(new DevicePointer(address));
    context.exit();
  }
}
