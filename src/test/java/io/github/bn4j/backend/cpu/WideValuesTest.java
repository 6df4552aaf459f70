package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Values whose squares overflow float, in one channel of three; another has a NaN. */
final class WideValuesTest {
  private static final int CHANNELS = 3;
  private static final double LARGE = 1e25;

  private record Forward(HostTensor y, HostTensor mean, HostTensor invStd) {}

  static Stream<BatchNormSpec> specs() {
    return Stream.of(
            TensorShape.of(64, CHANNELS),
            TensorShape.of(2, CHANNELS, 100, 90),
            TensorShape.of(16, CHANNELS, 5, 7))
        .flatMap(shape -> Stream.of(Layout.values()).map(layout -> spec(shape, layout)))
        .flatMap(spec -> Stream.of(spec, spec.toBuilder().dataType(DataType.BF16).build()));
  }

  private static BatchNormSpec spec(TensorShape shape, Layout layout) {
    return BatchNormSpec.builder(shape)
        .layout(layout)
        .affine(false, false)
        .trackRunningStatistics(false)
        .build();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void forward_squaresOverflowFloat_agreesWithReference(BatchNormSpec spec) {
    Forward want = forward(new ReferenceBackend(), spec);
    assertThat(want.mean.get(2)).isNaN();
    assertThat(want.invStd.get(1)).isBetween(1e-26, 1e-24);
    for (Backend backend : List.of(new CpuBackend(), CpuBackend.plain())) {
      Forward got = forward(backend, spec);
      double bound = CpuPlanTest.bound(spec.dataType());
      for (int c = 0; c < 2; c++) {
        assertThat(got.mean.get(c) / want.mean.get(c)).isEqualTo(1, within(1e-5));
        assertThat(got.invStd.get(c) / want.invStd.get(c)).isEqualTo(1, within(1e-5));
      }
      assertThat(got.mean.get(2)).isNaN();
      for (long i = 0; i < got.y.elements(); i++) {
        double y = want.y.get(i);
        if (Double.isNaN(y)) {
          assertThat(got.y.get(i)).isNaN();
        } else {
          assertThat(got.y.get(i)).isEqualTo(y, within(bound * (1 + Math.abs(y))));
        }
      }
    }
  }

  private static Forward forward(Backend backend, BatchNormSpec spec) {
    HostTensor x = HostTensor.allocate(spec.dataType(), spec.shape().elements());
    Random random = new Random(11);
    long spatial = spec.layout() == Layout.CHANNEL_LAST ? 1 : spec.shape().spatialSize();
    for (long i = 0; i < x.elements(); i++) {
      int channel = (int) (i / spatial % CHANNELS);
      double value = 3 + random.nextGaussian();
      x.set(i, channel == 1 ? LARGE * value : value);
      if (channel == 2 && i / spatial / CHANNELS == 1) {
        x.set(i, Double.NaN);
      }
    }
    HostTensor y = HostTensor.allocate(spec.dataType(), x.elements());
    HostTensor mean = HostTensor.allocate(DataType.F32, CHANNELS);
    HostTensor invStd = HostTensor.allocate(DataType.F32, CHANNELS);
    try (Plan plan = backend.plan(spec, PlanOptions.DEFAULT.withThreads(2))) {
      plan.forward(ForwardTensors.builder(x, y).saved(new SavedStatistics(mean, invStd)).build());
    }
    return new Forward(y, mean, invStd);
  }
}
