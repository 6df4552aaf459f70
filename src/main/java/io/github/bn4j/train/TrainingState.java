package io.github.bn4j.train;

import java.util.ArrayList;
import java.util.List;

/** How far a run is: what a resumed run needs besides the tensors. */
final class TrainingState {
  /** Epochs done. */
  int epoch;

  /** Batches done of the epoch that goes on. */
  int batch;

  /** Seconds that the epoch that goes on has taken. */
  double seconds;

  /** Sum of losses and right answers of the epoch that goes on. */
  double[] totals = new double[2];

  final List<EpochResult> results = new ArrayList<>();
}
