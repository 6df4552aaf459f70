package io.github.bn4j.api;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all passes of a layer share.
 *
 * @param gamma scale
 * @param beta shift
 * @param dGamma gradient of the scale; exactly when there is one
 * @param dBeta gradient of the shift; exactly when there is one
 * @param running running statistics; exactly when the layer tracks them
 * @param options where and how plans execute
 */
record LayerTensors(
    @Nullable Tensor gamma,
    @Nullable Tensor beta,
    @Nullable Tensor dGamma,
    @Nullable Tensor dBeta,
    @Nullable RunningStatistics running,
    PlanOptions options) {

  List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>(2);
    if (gamma != null && dGamma != null) {
      parameters.add(new Parameter("weight", gamma, dGamma));
    }
    if (beta != null && dBeta != null) {
      parameters.add(new Parameter("bias", beta, dBeta));
    }
    return List.copyOf(parameters);
  }
}
