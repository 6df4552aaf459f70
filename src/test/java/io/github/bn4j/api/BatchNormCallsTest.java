package io.github.bn4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the layer is called: what it refuses, reuses, keeps and gives back. */
final class BatchNormCallsTest {
  private static final TensorShape SHAPE = TensorShape.of(4, 2, 3);

  private final HostTensor x = HostTensor.allocate(DataType.F32, 24);
  private final HostTensor y = HostTensor.allocate(DataType.F32, 24);
  private final HostTensor dx = HostTensor.allocate(DataType.F32, 24);
  private final FakeBackend fake = FakeBackend.able("fake");

  private static BatchNormBuilder layerOn(FakeBackend... backends) {
    return new BatchNormBuilder(2, new BackendList(List.of(backends), List.of()));
  }

  @Test
  void steadyState_allocatesNothing() {
    try (BatchNorm layer = layerOn(fake).build()) {
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      step(layer, 20_000);
      long before = threads.getCurrentThreadAllocatedBytes();
      step(layer, 10_000);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;

      // The counter's own reading and a late class load cost some hundred bytes, not one per call.
      assertThat(allocated).isLessThan(10_000);
      assertThat(fake.plans).hasSize(2);
    }
  }

  private void step(BatchNorm layer, int times) {
    for (int i = 0; i < times; i++) {
      layer.train(SHAPE, x, y).backward(y, dx);
      layer.inference(SHAPE, x, y);
    }
  }

  @Test
  void passes_areKeptPerShapeAndTheOldestClosed() {
    try (BatchNorm layer = layerOn(fake).build()) {
      layer.train(SHAPE, x, y);
      for (int n = 5; n < 5 + BatchNorm.PASSES_KEPT; n++) {
        layer.train(TensorShape.of(n, 2, 3), x, y);
      }

      assertThat(fake.plans).hasSize(BatchNorm.PASSES_KEPT + 1);
      assertThat(fake.plans.get(0).closed).isTrue();
      assertThat(fake.plans.get(1).closed).isFalse();
    }
    assertThat(fake.plans).allMatch(plan -> plan.closed);
  }

  @Test
  void newPass_isIndependentOfTheKeptOne() {
    try (BatchNorm layer = layerOn(fake).build();
        Pass own = layer.newPass(SHAPE, Mode.TRAINING)) {
      Pass kept = layer.train(SHAPE, x, y);

      assertThat(layer.train(SHAPE, x, y)).isSameAs(kept);
      assertThat(own).isNotSameAs(kept);
      assertThat(own.saved()).isNotEqualTo(kept.saved());
    }
  }

  @Test
  void auto_mayTakeAnotherBackendOfTheSamePlacePerSpec() {
    FakeBackend picky =
        new FakeBackend(
            "picky",
            spec -> spec.mode() == Mode.FROZEN ? Support.no("no backward") : Support.yes(),
            true);
    FakeBackend elsewhere = FakeBackend.able("host");
    FakeBackend other = new FakeBackend("other", spec -> Support.yes(), true);
    try (BatchNorm layer = layerOn(picky, elsewhere, other).build()) {
      layer.train(SHAPE, x, y);
      layer.frozen(SHAPE, x, y);

      assertThat(picky.plans).hasSize(1);
      assertThat(elsewhere.plans).isEmpty();
      assertThat(other.plans).hasSize(1);
    }
  }

  @Test
  void explain_namesBackendsReasonsAndPlans() {
    try (BatchNorm layer = layerOn(FakeBackend.unable("gpu", "no driver"), fake).build()) {
      layer.train(SHAPE, x, y);

      assertThat(layer.explain())
          .contains(
              "2 channels", "f32", "gpu              no: no driver", "fake             yes, chosen")
          .contains("TRAINING 4x2x3 nchw f32: fake", "computes nothing");
      assertThat(layer.skippedUpdates()).isEqualTo(1);
    }
  }

  @Test
  void backwardBeforeForward_isRefused() {
    try (BatchNorm layer = layerOn(fake).build();
        Pass pass = layer.newPass(SHAPE, Mode.TRAINING)) {
      assertThatThrownBy(() -> pass.backward(y, dx))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("backward: expected a forward pass before it, got none");
    }
  }

  @Test
  void backwardAfterInPlaceForward_isRefused() {
    try (BatchNorm layer = layerOn(fake).build()) {
      HostTensor alias = HostTensor.ofArray(DataType.F32, ((ArrayTensor) x).array(), 0, 24);
      Pass pass = layer.train(SHAPE, x, alias);

      assertThatThrownBy(() -> pass.backward(y, dx))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("give the forward pass a y of its own");
    }
  }

  @Test
  void otherChannelCount_isRefused() {
    try (BatchNorm layer = layerOn(fake).build()) {
      assertThatThrownBy(() -> layer.train(TensorShape.of(4, 3), x, y))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "shape: expected 2 channels, got 3 in 4x3 (batch x channels x spatial sizes)");
    }
  }

  @Test
  void closedLayer_isRefused() {
    BatchNorm layer = layerOn(fake).build();
    layer.train(SHAPE, x, y);
    layer.close();
    layer.close();

    assertThatThrownBy(() -> layer.train(SHAPE, x, y))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void builder_refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> BatchNorm.builder(0))
        .hasMessage("channels: expected at least 1, got 0");
    assertThatThrownBy(() -> layerOn(fake).parameters(HostTensor.of(1f), null).build())
        .hasMessage("gamma: expected 2 elements (channels) of f32, got 1 of f32");
    assertThatThrownBy(
            () -> layerOn(fake).affine(true, false).parameters(null, HostTensor.of(1f, 1f)).build())
        .hasMessage("beta: expected none, since affine() leaves it out, got a tensor");
    assertThatThrownBy(() -> layerOn(fake).convention(Convention.CUDNN).build())
        .hasMessageStartingWith("momentum: expected a value");
    assertThatThrownBy(() -> layerOn(fake).momentum(2).build())
        .hasMessageStartingWith("momentum: expected a number in [0, 1], got 2.0");
    assertThatThrownBy(() -> layerOn(fake).backend("cuda").options(PlanOptions.DEFAULT).build())
        .hasMessage("backend: expected one of auto, fake, got \"cuda\"");
  }
}
