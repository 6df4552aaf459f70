package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AllocationTest {
  private static final int CALLS = 10_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @EnumSource(Layout.class)
  void forwardAndBackward_manyCalls_allocateNothing(Layout layout) {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(4, 16, 24, 24))
            .layout(layout)
            .activation(Activation.RELU)
            .residual(true)
            .dataType(layout == Layout.CHANNEL_LAST ? DataType.BF16 : DataType.F32)
            .build();
    boolean plain = layout == Layout.CHANNEL_LAST;
    CpuBackend backend = plain ? CpuBackend.plain() : new CpuBackend();
    int calls = plain ? CALLS / 10 : CALLS;
    WorkerPool pool = WorkerPool.join(2);
    try (Plan plan = backend.plan(spec, PlanOptions.DEFAULT.withThreads(2))) {
      CpuCase tensors = new CpuCase(spec);
      ForwardTensors forward = tensors.forwardTensors(plan, new LinkedHashMap<>());
      BackwardTensors backward = tensors.backwardTensors(forward, new LinkedHashMap<>());
      run(plan, forward, backward, plain ? 500 : 3000);
      long before = allocated(pool);
      run(plan, forward, backward, calls);
      // Vectors are boxed until the last loop is compiled; one object per call would be 16 bytes.
      assertThat(allocated(pool) - before).isBetween(0L, 16L * calls - 1);
    } finally {
      pool.leave();
    }
  }

  private static void run(Plan plan, ForwardTensors forward, BackwardTensors backward, int calls) {
    for (int i = 0; i < calls; i++) {
      plan.forward(forward);
      plan.backward(backward);
    }
  }

  /** Bytes allocated so far by this thread and the pool's. */
  private static long allocated(WorkerPool pool) {
    long own = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    return own + THREADS.getThreadAllocatedBytes(pool.thread(1).getId());
  }
}
