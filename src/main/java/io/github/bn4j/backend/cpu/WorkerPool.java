package io.github.bn4j.backend.cpu;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A small pool of daemon threads that runs the tasks 0 .. count - 1 of one job at a time, without
 * allocating. The calling thread works too, as worker 0.
 *
 * <p>One pool per size is shared by all plans; the last one to leave ends its threads. A second
 * caller, while a job runs, does its tasks alone: which thread does a task never changes a result.
 *
 * <p>Idle threads spin shortly, then park. Waking one costs its waker more than a small job takes,
 * so a small job does not: the caller starts, and only threads that still spin join in. Small jobs
 * in quick succession wake the threads after a while, and keep them awake. The caller wakes one
 * thread; each that wakes, wakes two.
 *
 * <p>A job is published by one 64-bit ticket: its number in the upper half, the next task in the
 * lower. Claiming is a compare-and-set of the ticket; since the number is part of it, a thread that
 * comes late can neither claim a task of a finished job nor one with the fields of another. The
 * caller waits for tasks, not for threads: one that stays parked delays nothing.
 */
public final class WorkerPool {
  /** What is to be done for each task. */
  public interface Job {
    /**
     * Does one task.
     *
     * @param worker 0 .. threads - 1; no two tasks run at once with the same number
     */
    void run(int worker, int task);
  }

  private static final Map<Integer, WorkerPool> POOLS = new HashMap<>();

  private final int threads;
  private final Thread[] workers;
  private final AtomicIntegerArray parked;
  private final AtomicLong ticket = new AtomicLong();
  private final AtomicInteger done = new AtomicInteger();
  private final ReentrantLock busy = new ReentrantLock();

  /** When the last job ended, and how many before it followed closely upon each other. */
  private long ended = System.nanoTime();

  private int succession;
  private int users;
  private volatile boolean stopped;
  private volatile @Nullable Thread waiting;
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Job job;
  private volatile int count;

  private WorkerPool(int threads) {
    this.threads = threads;
    this.parked = new AtomicIntegerArray(threads);
    this.workers = new Thread[threads];
    for (int w = 1; w < threads; w++) {
      int worker = w;
      Thread thread = new Thread(() -> serve(worker), "bn4j-cpu-" + threads + "-" + w);
      thread.setDaemon(true);
      workers[w] = thread;
      thread.start();
    }
  }

  /** The pool of this size; each call wants a {@link #leave}. */
  public static WorkerPool join(int threads) {
    synchronized (POOLS) {
      WorkerPool pool = POOLS.computeIfAbsent(threads, WorkerPool::new);
      pool.users++;
      return pool;
    }
  }

  /** Gives the pool back; the last user ends its threads. */
  public void leave() {
    synchronized (POOLS) {
      users--;
      if (users == 0) {
        POOLS.remove(threads);
        stopped = true;
        for (int w = 1; w < threads; w++) {
          LockSupport.unpark(workers[w]);
        }
      }
    }
  }

  /** Threads, the calling one among them. */
  public int threads() {
    return threads;
  }

  /** The pool's own thread of a worker number from 1. */
  Thread thread(int worker) {
    return workers[worker];
  }

  /**
   * Runs all tasks and returns when they are done; throws what a task threw.
   *
   * @param elements how much work it is, to decide whether threads are worth waking
   */
  public void run(Job newJob, int tasks, long elements) {
    if (tasks <= 1 || threads == 1 || !busy.tryLock()) {
      for (int task = 0; task < tasks; task++) {
        newJob.run(0, task);
      }
      return;
    }
    try {
      share(newJob, tasks, elements);
    } finally {
      busy.unlock();
    }
  }

  private void share(Job newJob, int tasks, long elements) {
    long number = (ticket.get() >>> 32) + 1;
    // No task can be claimed while the fields change.
    ticket.set(number << 32 | Integer.MAX_VALUE);
    done.set(0);
    failure = null;
    job = newJob;
    count = tasks;
    ticket.set((number + 1) << 32);
    if (elements >= CpuTuning.WAKE || inSuccession()) {
      wake(1);
    }
    while (claim(0)) {
      // Until no task is left.
    }
    await(tasks);
    job = null;
    ended = System.nanoTime();
    Throwable thrown = failure;
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }

  /**
   * Counts jobs that found the last one just ended; true each time there were so many that waking
   * threads, which then stay awake, is a small part of the time.
   */
  private boolean inSuccession() {
    boolean close = System.nanoTime() - ended < CpuTuning.SPIN_NANOS;
    succession = close && succession < CpuTuning.SUCCESSION ? succession + 1 : 0;
    return succession == CpuTuning.SUCCESSION;
  }

  /** Wakes the first parked thread from a number on, if the job has a task for it. */
  private void wake(int from) {
    for (int w = from; w < threads && w < count; w++) {
      if (parked.compareAndSet(w, 1, 0)) {
        LockSupport.unpark(workers[w]);
        return;
      }
    }
  }

  /** Spins, then lets other threads have the processor, then parks. */
  @SuppressWarnings("ThreadPriorityCheck") // correct without yielding, which is for speed alone
  private void await(int tasks) {
    long begin = System.nanoTime();
    while (done.get() < tasks) {
      long waited = System.nanoTime() - begin;
      if (waited < CpuTuning.SPIN_NANOS) {
        Thread.onSpinWait();
      } else if (waited < CpuTuning.YIELD_NANOS) {
        Thread.yield();
      } else {
        waiting = Thread.currentThread();
        if (done.get() < tasks) {
          LockSupport.park(this);
        }
      }
    }
    waiting = null;
  }

  /** Claims and does one task; false if there is none. */
  private boolean claim(int worker) {
    while (true) {
      long seen = ticket.get();
      Job current = job;
      int tasks = count;
      int task = (int) seen;
      if (current == null || task >= tasks) {
        return false;
      }
      if (ticket.compareAndSet(seen, seen + 1)) {
        perform(current, worker, task, tasks);
        return true;
      }
    }
  }

  private void perform(Job current, int worker, int task, int tasks) {
    try {
      current.run(worker, task);
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      if (done.incrementAndGet() == tasks) {
        LockSupport.unpark(waiting);
      }
    }
  }

  private void serve(int worker) {
    long idleSince = System.nanoTime();
    while (!stopped) {
      if (claim(worker)) {
        idleSince = System.nanoTime();
      } else if (System.nanoTime() - idleSince < CpuTuning.SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        park(worker);
        idleSince = System.nanoTime();
      }
    }
  }

  private void park(int worker) {
    parked.set(worker, 1);
    if (!hasWork() && !stopped) {
      LockSupport.park(this);
    }
    parked.set(worker, 0);
    if (hasWork()) {
      wake(worker + 1);
      wake(worker + 1);
    }
  }

  private boolean hasWork() {
    return job != null && (int) ticket.get() < count;
  }
}
