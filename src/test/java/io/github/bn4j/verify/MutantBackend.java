package io.github.bn4j.verify;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.HostMemory;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The reference with a mistake put in, which the verifier has to find. */
final class MutantBackend implements Backend {
  static final String NAME = "mutant";

  private final ReferenceBackend reference = new ReferenceBackend();
  private final Function<BatchNormSpec, Support> support;
  private final BiConsumer<BatchNormSpec, ForwardTensors> afterForward;
  private final BiConsumer<BatchNormSpec, BackwardTensors> afterBackward;

  private MutantBackend(
      Function<BatchNormSpec, Support> support,
      BiConsumer<BatchNormSpec, ForwardTensors> afterForward,
      BiConsumer<BatchNormSpec, BackwardTensors> afterBackward) {
    this.support = support;
    this.afterForward = afterForward;
    this.afterBackward = afterBackward;
  }

  static MutantBackend forward(BiConsumer<BatchNormSpec, ForwardTensors> mistake) {
    return new MutantBackend(spec -> Support.yes(), mistake, (spec, tensors) -> {});
  }

  static MutantBackend backward(BiConsumer<BatchNormSpec, BackwardTensors> mistake) {
    return new MutantBackend(spec -> Support.yes(), (spec, tensors) -> {}, mistake);
  }

  static MutantBackend refusing(Function<BatchNormSpec, Support> support) {
    return new MutantBackend(support, (spec, tensors) -> {}, (spec, tensors) -> {});
  }

  static HostTensor host(@Nullable Tensor tensor) {
    return (HostTensor) Objects.requireNonNull(tensor);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Support available() {
    return support.apply(BatchNormSpec.builder(TensorShape.of(2, 1)).build());
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    return support.apply(spec);
  }

  @Override
  public Memory memory(PlanOptions options) {
    return new HostMemory();
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    return new MutantPlan(reference.plan(spec, options));
  }

  private final class MutantPlan implements Plan {
    private final Plan plan;

    MutantPlan(Plan plan) {
      this.plan = plan;
    }

    @Override
    public BatchNormSpec spec() {
      return plan.spec();
    }

    @Override
    public String backend() {
      return NAME;
    }

    @Override
    public long reserveBytes() {
      return plan.reserveBytes();
    }

    @Override
    public void forward(ForwardTensors tensors) {
      plan.forward(tensors);
      afterForward.accept(spec(), tensors);
    }

    @Override
    public void backward(BackwardTensors tensors) {
      plan.backward(tensors);
      afterBackward.accept(spec(), tensors);
    }

    @Override
    public long skippedUpdates() {
      return plan.skippedUpdates();
    }

    @Override
    public String explain() {
      return plan.explain();
    }

    @Override
    public void close() {
      plan.close();
    }
  }
}
