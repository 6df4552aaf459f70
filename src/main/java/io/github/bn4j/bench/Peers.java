package io.github.bn4j.bench;

import java.util.List;

/** Somebody else's implementations, to be timed in turns with ours. */
public interface Peers extends AutoCloseable {
  /** Names and versions, for reports. */
  String describe();

  /**
   * Where and how a case is measured.
   *
   * @param onDevice on the GPU, else on the processor
   * @param sets sets of tensors to rotate
   * @param options times and threads
   */
  record Setting(boolean onDevice, int sets, BenchmarkOptions options) {}

  /** Makes a case ready; refusals and failures are told to the listener. */
  Prepared prepare(BenchmarkCase each, Setting setting, BenchmarkListener listener);

  /** A case made ready; closing it gives its memory back. */
  interface Prepared extends AutoCloseable {
    /** Nothing was made ready. */
    Prepared NOTHING =
        new Prepared() {
          @Override
          public List<Named> calls() {
            return List.of();
          }

          @Override
          public void close() {}
        };

    /** The implementations that take part. */
    List<Named> calls();

    @Override
    void close();
  }

  /**
   * A call and whose it is.
   *
   * @param name such as {@code torch}
   */
  record Named(String name, Timed call) {}

  @Override
  void close();
}
