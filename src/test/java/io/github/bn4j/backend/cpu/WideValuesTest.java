package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.BackwardTensors;
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

  private record Backward(HostTensor dx, HostTensor dGamma, HostTensor dBeta) {}

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

  @ParameterizedTest
  @MethodSource("specs")
  void backward_slopeUnderflowsFloat_agreesWithReference(BatchNormSpec spec) {
    Backward want = backward(new ReferenceBackend(), spec);
    double invStd = forward(new ReferenceBackend(), spec).invStd.get(1);
    for (Backend backend : List.of(new CpuBackend(), CpuBackend.plain())) {
      Backward got = backward(backend, spec);
      double bound = CpuPlanTest.bound(spec.dataType());
      for (int c = 0; c < 2; c++) {
        assertThat(got.dGamma.get(c)).isEqualTo(want.dGamma.get(c), within(1e-2));
        assertThat(got.dBeta.get(c)).isEqualTo(want.dBeta.get(c), within(1e-2));
      }
      long spatial = spatial(spec);
      for (long i = 0; i < got.dx.elements(); i++) {
        long channel = i / spatial % CHANNELS;
        double unit = channel == 1 ? invStd : 1;
        double dx = want.dx.get(i) / unit;
        if (channel < 2) {
          assertThat(got.dx.get(i) / unit).isEqualTo(dx, within(bound * (1 + Math.abs(dx))));
        }
      }
    }
  }

  private static Backward backward(Backend backend, BatchNormSpec spec) {
    HostTensor x = values(spec);
    HostTensor dy = HostTensor.allocate(spec.dataType(), x.elements());
    Random random = new Random(12);
    long spatial = spatial(spec);
    for (long i = 0; i < x.elements(); i++) {
      // Depends on x, so that the term with the slope counts.
      boolean wide = i / spatial % CHANNELS == 1;
      double rest = wide ? x.get(i) / LARGE : x.get(i);
      dy.set(i, random.nextGaussian() + (Double.isNaN(rest) ? 0 : rest));
    }
    HostTensor dx = HostTensor.allocate(spec.dataType(), x.elements());
    HostTensor y = HostTensor.allocate(spec.dataType(), x.elements());
    HostTensor dGamma = HostTensor.allocate(DataType.F32, CHANNELS);
    HostTensor dBeta = HostTensor.allocate(DataType.F32, CHANNELS);
    BatchNormSpec affine = spec.toBuilder().affine(true, true).build();
    try (Plan plan = backend.plan(affine, PlanOptions.DEFAULT.withThreads(2))) {
      ForwardTensors forward =
          ForwardTensors.builder(x, y)
              .affine(ones(), HostTensor.allocate(DataType.F32, CHANNELS))
              .saved(new SavedStatistics(ones(), ones()))
              .build();
      plan.forward(forward);
      plan.backward(BackwardTensors.builder(forward, dy, dx).affine(dGamma, dBeta).build());
    }
    return new Backward(dx, dGamma, dBeta);
  }

  private static HostTensor ones() {
    HostTensor ones = HostTensor.allocate(DataType.F32, CHANNELS);
    for (int c = 0; c < CHANNELS; c++) {
      ones.set(c, 1);
    }
    return ones;
  }

  private static Forward forward(Backend backend, BatchNormSpec spec) {
    HostTensor x = values(spec);
    HostTensor y = HostTensor.allocate(spec.dataType(), x.elements());
    HostTensor mean = HostTensor.allocate(DataType.F32, CHANNELS);
    HostTensor invStd = HostTensor.allocate(DataType.F32, CHANNELS);
    try (Plan plan = backend.plan(spec, PlanOptions.DEFAULT.withThreads(2))) {
      plan.forward(ForwardTensors.builder(x, y).saved(new SavedStatistics(mean, invStd)).build());
    }
    return new Forward(y, mean, invStd);
  }

  private static HostTensor values(BatchNormSpec spec) {
    HostTensor x = HostTensor.allocate(spec.dataType(), spec.shape().elements());
    Random random = new Random(11);
    long spatial = spatial(spec);
    for (long i = 0; i < x.elements(); i++) {
      int channel = (int) (i / spatial % CHANNELS);
      double value = 3 + random.nextGaussian();
      x.set(i, channel == 1 ? LARGE * value : value);
      if (channel == 2 && i / spatial / CHANNELS == 1) {
        x.set(i, Double.NaN);
      }
    }
    return x;
  }

  private static long spatial(BatchNormSpec spec) {
    return spec.layout() == Layout.CHANNEL_LAST ? 1 : spec.shape().spatialSize();
  }
}
