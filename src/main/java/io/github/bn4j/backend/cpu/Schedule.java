package io.github.bn4j.backend.cpu;

import java.util.List;

/**
 * Runs the passes of a walk on the pool; its jobs are made once, so that running allocates nothing.
 */
final class Schedule<A> {
  private final Walk<A> walk;
  private final Channels channels;
  private final List<Workspace<A>> workspaces;
  private final WorkerPool pool;
  private final List<Walk.Part> parts;

  private final WorkerPool.Job fusedForward = this::fusedForward;
  private final WorkerPool.Job fusedBackward = this::fusedBackward;
  private final WorkerPool.Job moments = this::moments;
  private final WorkerPool.Job gradientSums = this::gradientSums;
  private final WorkerPool.Job finishForward = this::finishForward;
  private final WorkerPool.Job finishBackward = this::finishBackward;
  private final WorkerPool.Job normalize = this::normalizePart;
  private final WorkerPool.Job gradients = this::gradientsPart;
  private final WorkerPool.Job normalizeAny = this::normalizeAny;
  private final WorkerPool.Job frozenAny = this::frozenAny;

  private final long all;
  private final int blocksPerTask;
  private final int slicesPerTask;
  private final int stretchesPerTask;

  /** The block that all threads share. */
  private int shared;

  Schedule(Walk<A> walk, Channels channels, List<Workspace<A>> workspaces, WorkerPool pool) {
    this.walk = walk;
    this.channels = channels;
    this.workspaces = workspaces;
    this.pool = pool;
    this.parts = workspaces.stream().map(w -> new Walk.Part()).toList();
    this.all = walk.spec.shape().elements();
    long block = Math.max(1, walk.blockElements());
    this.blocksPerTask = (int) Math.max(1, CpuTuning.TASK / block);
    this.stretchesPerTask =
        (int) Math.max(1, CpuTuning.TASK / Math.max(1, all / Math.max(1, walk.stretches())));
    this.slicesPerTask = (int) Math.max(1, CpuTuning.TASK / Math.max(1, block / walk.slices()));
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  void forward() {
    if (walk.fused()) {
      pool.run(fusedForward, ceil(walk.blocks(), blocksPerTask), all);
      return;
    }
    for (shared = 0; shared < walk.blocks(); shared++) {
      pool.run(moments, walk.slices(), walk.blockElements());
      pool.run(finishForward, ceil(sharedChannels(), CpuTuning.FINISH), 0);
      pool.run(normalize, walk.slices(), walk.blockElements());
    }
  }

  void normalize() {
    pool.run(normalizeAny, ceil(walk.stretches(), stretchesPerTask), all);
  }

  void backward() {
    if (walk.fused()) {
      pool.run(fusedBackward, ceil(walk.blocks(), blocksPerTask), all);
      return;
    }
    for (shared = 0; shared < walk.blocks(); shared++) {
      pool.run(gradientSums, walk.slices(), walk.blockElements());
      pool.run(finishBackward, ceil(sharedChannels(), CpuTuning.FINISH), 0);
      pool.run(gradients, walk.slices(), walk.blockElements());
    }
  }

  void backwardFrozen() {
    pool.run(frozenAny, ceil(Math.multiplyExact(walk.blocks(), walk.slices()), slicesPerTask), all);
    channels.finishBackward(0, channels.count());
  }

  private int sharedChannels() {
    return walk.firstChannel(shared + 1) - walk.firstChannel(shared);
  }

  private void fusedForward(int worker, int task) {
    Workspace<A> w = workspaces.get(worker);
    int end = Math.min(walk.blocks(), (task + 1) * blocksPerTask);
    for (int block = task * blocksPerTask; block < end; block++) {
      for (int slice = 0; slice < walk.slices(); slice++) {
        walk.moments(w, channels, block, slice);
      }
      channels.finishForward(
          walk.firstChannel(block), walk.firstChannel(block + 1), walk, w.moments.get(0));
      for (int slice = walk.slices() - 1; slice >= 0; slice--) {
        walk.normalize(w, channels, block, slice);
      }
    }
  }

  private void fusedBackward(int worker, int task) {
    Workspace<A> w = workspaces.get(worker);
    Walk.Part part = parts.get(worker);
    int end = Math.min(walk.blocks(), (task + 1) * blocksPerTask);
    for (int block = task * blocksPerTask; block < end; block++) {
      for (int slice = 0; slice < walk.slices(); slice++) {
        walk.gradients(w, channels, part.of(block, slice, Walk.Gradients.SUMS));
      }
      channels.finishBackward(walk.firstChannel(block), walk.firstChannel(block + 1));
      for (int slice = walk.slices() - 1; slice >= 0; slice--) {
        walk.gradients(w, channels, part.of(block, slice, Walk.Gradients.APPLY));
      }
    }
  }

  private void moments(int worker, int slice) {
    walk.moments(workspaces.get(worker), channels, shared, slice);
  }

  /** Slices were summed in ascending order: the newest are still in cache, so they come first. */
  private int newestFirst(int task) {
    return walk.slices() - 1 - task;
  }

  private void normalizePart(int worker, int task) {
    walk.normalize(workspaces.get(worker), channels, shared, newestFirst(task));
  }

  private void gradientSums(int worker, int slice) {
    gradients(worker, shared, slice, Walk.Gradients.SUMS);
  }

  private void gradientsPart(int worker, int task) {
    gradients(worker, shared, newestFirst(task), Walk.Gradients.APPLY);
  }

  private void gradients(int worker, int block, int slice, Walk.Gradients what) {
    walk.gradients(workspaces.get(worker), channels, parts.get(worker).of(block, slice, what));
  }

  private void finishForward(int worker, int task) {
    Workspace<A> w = workspaces.get(worker);
    int from = walk.firstChannel(shared) + task * CpuTuning.FINISH;
    int end = Math.min(walk.firstChannel(shared + 1), from + CpuTuning.FINISH);
    channels.finishForward(from, end, walk, w.moments.get(0));
  }

  private void finishBackward(int worker, int task) {
    int from = walk.firstChannel(shared) + task * CpuTuning.FINISH;
    int end = Math.min(walk.firstChannel(shared + 1), from + CpuTuning.FINISH);
    channels.finishBackward(from, end);
  }

  private void normalizeAny(int worker, int task) {
    int end = Math.min(walk.stretches(), (task + 1) * stretchesPerTask);
    for (int stretch = task * stretchesPerTask; stretch < end; stretch++) {
      walk.normalizeStretch(workspaces.get(worker), channels, stretch);
    }
  }

  private void frozenAny(int worker, int task) {
    int end = Math.min(walk.blocks() * walk.slices(), (task + 1) * slicesPerTask);
    for (int unit = task * slicesPerTask; unit < end; unit++) {
      int block = unit / walk.slices();
      gradients(worker, block, unit % walk.slices(), Walk.Gradients.FROZEN);
    }
  }
}
