package io.github.bn4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.TensorShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

@AlsoOnGpu
@EmulatedCuda
final class ExamplesTest {
  /** f32 through sums of 288 values: a few units of 2^-24, with room for values up to 10. */
  private static final Offset<Double> CLOSE = Offset.offset(1e-5);

  @Test
  void ownKernels_batchNormStandsBetweenThem() {
    float[] x = random(8 * 4 * 36, 1);
    float[] doubled = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      doubled[i] = 2 * x[i];
    }
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(8, 4, 6, 6)).build();
    Expected expected = new Expected(spec.shape());
    expected.forward(HostTensor.of(doubled));

    float[] y = OwnKernelsExample.run(x);

    for (int i = 0; i < y.length; i++) {
      assertThat((double) y[i]).as("y[%d]", i).isCloseTo(2 * expected.y.get(i), CLOSE);
    }
  }

  @Test
  void graph_everyReplayIsAStepOfItsOwn() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(8, 4, 6, 6)).build();
    int elements = (int) spec.shape().elements();
    List<HostTensor> batches = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      batches.add(HostTensor.of(random(elements, 10 + i)));
    }
    HostTensor dy = HostTensor.of(random(elements, 2));
    Expected expected = new Expected(spec.shape());

    List<GraphExample.Step> steps = GraphExample.run(spec, batches, dy);

    for (int i = 0; i < steps.size(); i++) {
      GraphExample.Step step = steps.get(i);
      expected.forward(batches.get(i));
      expected.backward(batches.get(i), dy);
      assertThat(step.y().toDoubles()).containsExactly(expected.y.toDoubles(), CLOSE);
      assertThat(step.dx().toDoubles()).containsExactly(expected.dx.toDoubles(), CLOSE);
      assertThat(step.dGamma().toDoubles())
          .containsExactly(expected.dGamma.toDoubles(), Offset.offset(1e-4));
      assertThat(step.runningMean().toDoubles()).containsExactly(expected.mean.toDoubles(), CLOSE);
      assertThat(step.batches()).isEqualTo(i + 1);
    }
  }

  private static float[] random(int count, int seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (3 + 2 * random.nextGaussian());
    }
    return values;
  }

  /** The same layer by the reference, its running statistics kept from step to step. */
  private static final class Expected {
    final HostTensor y;
    final HostTensor dx;
    final HostTensor dGamma = HostTensor.of(new double[4]);
    final HostTensor mean = HostTensor.of(new double[4]);
    private final HostTensor dBeta = HostTensor.of(new double[4]);
    private final HostTensor variance = HostTensor.of(1.0, 1.0, 1.0, 1.0);
    private final HostTensor gamma = HostTensor.of(1.0, 1.0, 1.0, 1.0);
    private final HostTensor beta = HostTensor.of(new double[4]);
    private final SavedStatistics saved =
        new SavedStatistics(HostTensor.of(new double[4]), HostTensor.of(new double[4]));
    private final Plan plan;

    Expected(TensorShape shape) {
      BatchNormSpec spec = BatchNormSpec.builder(shape).dataType(DataType.F64).build();
      plan = new ReferenceBackend().plan(spec, PlanOptions.DEFAULT);
      y = HostTensor.allocate(DataType.F64, shape.elements());
      dx = HostTensor.allocate(DataType.F64, shape.elements());
    }

    private ForwardTensors tensors(HostTensor x) {
      return ForwardTensors.builder(HostTensor.of(x.toDoubles()), y)
          .affine(gamma, beta)
          .running(new RunningStatistics(mean, variance, null))
          .saved(saved)
          .build();
    }

    void forward(HostTensor x) {
      plan.forward(tensors(x));
    }

    void backward(HostTensor x, HostTensor dy) {
      plan.backward(
          BackwardTensors.builder(tensors(x), HostTensor.of(dy.toDoubles()), dx)
              .affine(dGamma, dBeta)
              .build());
    }
  }
}
