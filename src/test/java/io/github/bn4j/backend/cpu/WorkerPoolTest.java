package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

final class WorkerPoolTest {
  private static final int THREADS = 3;
  private static final long LARGE = CpuTuning.WAKE;

  @Test
  void run_manyJobs_everyTaskOnce() {
    WorkerPool pool = WorkerPool.join(THREADS);
    try {
      for (int job = 0; job < 2000; job++) {
        int tasks = job % 17;
        AtomicIntegerArray runs = new AtomicIntegerArray(17);
        pool.run((worker, task) -> runs.incrementAndGet(task), tasks, job % 2 * LARGE);
        for (int task = 0; task < 17; task++) {
          assertThat(runs.get(task)).isEqualTo(task < tasks ? 1 : 0);
        }
      }
    } finally {
      pool.leave();
    }
  }

  @Test
  void run_failingTask_throwsAndServesOn() {
    WorkerPool pool = WorkerPool.join(THREADS);
    try {
      WorkerPool.Job failing =
          (worker, task) -> {
            if (task == 5) {
              throw new IllegalStateException("task 5");
            }
          };
      assertThatThrownBy(() -> pool.run(failing, 8, LARGE)).hasMessage("task 5");
      AtomicIntegerArray runs = new AtomicIntegerArray(8);
      pool.run((worker, task) -> runs.incrementAndGet(task), 8, LARGE);
      assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1, 1, 1, 1, 1]");
    } finally {
      pool.leave();
    }
  }

  @Test
  void run_poolBusy_secondCallerWorksAlone() throws InterruptedException {
    WorkerPool pool = WorkerPool.join(THREADS);
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread first =
        new Thread(
            () ->
                pool.run(
                    (worker, task) -> {
                      running.countDown();
                      await(release);
                    },
                    2,
                    LARGE));
    first.start();
    try {
      await(running);
      AtomicIntegerArray workers = new AtomicIntegerArray(THREADS);
      pool.run((worker, task) -> workers.incrementAndGet(worker), 6, LARGE);
      assertThat(workers.toString()).isEqualTo("[6, 0, 0]");
    } finally {
      release.countDown();
      first.join(TimeUnit.SECONDS.toMillis(10));
      pool.leave();
    }
    assertThat(first.isAlive()).isFalse();
  }

  @Test
  void thread_idle_parks() throws InterruptedException {
    WorkerPool pool = WorkerPool.join(THREADS);
    try {
      pool.run((worker, task) -> {}, 6, LARGE);
      Thread idle = pool.thread(1);
      awaitState(idle, Thread.State.WAITING);
      assertThat(idle.isDaemon()).isTrue();
    } finally {
      pool.leave();
    }
  }

  @Test
  void run_smallJobThreadsParked_wakesNone() throws InterruptedException {
    WorkerPool pool = WorkerPool.join(THREADS);
    try {
      awaitState(pool.thread(1), Thread.State.WAITING);
      awaitState(pool.thread(2), Thread.State.WAITING);
      AtomicIntegerArray workers = new AtomicIntegerArray(THREADS);
      pool.run((worker, task) -> workers.incrementAndGet(worker), 6, LARGE - 1);
      assertThat(workers.toString()).isEqualTo("[6, 0, 0]");
      assertThat(pool.thread(1).getState()).isEqualTo(Thread.State.WAITING);
    } finally {
      pool.leave();
    }
  }

  @Test
  void run_largeJobThreadsParked_wakesAll() throws InterruptedException {
    WorkerPool pool = WorkerPool.join(THREADS);
    try {
      awaitState(pool.thread(1), Thread.State.WAITING);
      awaitState(pool.thread(2), Thread.State.WAITING);
      CountDownLatch all = new CountDownLatch(THREADS);
      // Each task waits for the others, so that it takes as many threads as there are tasks.
      pool.run(
          (worker, task) -> {
            all.countDown();
            await(all);
          },
          THREADS,
          LARGE);
      assertThat(all.getCount()).isZero();
    } finally {
      pool.leave();
    }
  }

  @Test
  void run_smallJobsInSuccession_wakeThreads() throws InterruptedException {
    WorkerPool pool = WorkerPool.join(THREADS);
    try {
      AtomicIntegerArray workers = new AtomicIntegerArray(THREADS);
      WorkerPool.Job job = (worker, task) -> workers.incrementAndGet(worker);
      for (int i = 0; i < 1_000_000 && workers.get(1) == 0; i++) {
        pool.run(job, 6, 1);
      }
      assertThat(workers.get(1)).isPositive();
    } finally {
      pool.leave();
    }
  }

  @Test
  void leave_lastUser_endsThreads() throws InterruptedException {
    WorkerPool pool = WorkerPool.join(5);
    assertThat(WorkerPool.join(5)).isSameAs(pool);
    pool.leave();
    Thread thread = pool.thread(4);
    awaitState(thread, Thread.State.WAITING);
    assertThat(thread.isAlive()).isTrue();
    pool.leave();
    thread.join(TimeUnit.SECONDS.toMillis(10));
    assertThat(thread.isAlive()).isFalse();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitState(Thread thread, Thread.State state) throws InterruptedException {
    for (int i = 0; i < 2000; i++) {
      if (thread.getState() == state) {
        return;
      }
      Thread.sleep(5);
    }
    assertThat(thread.getState()).as(thread.getName() + " within ten seconds").isEqualTo(state);
  }
}
