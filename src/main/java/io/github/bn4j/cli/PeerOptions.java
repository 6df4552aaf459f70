package io.github.bn4j.cli;

import io.github.bn4j.bench.PeerFailure;
import io.github.bn4j.bench.Peers;
import io.github.bn4j.bench.peers.Python;
import io.github.bn4j.bench.peers.PythonPeers;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into {@code bench}: whether PyTorch takes part. */
@Command
final class PeerOptions {
  @Option(
      names = "--peers",
      description =
          "Also time PyTorch in the same run, in turns with ours: eager, native and torch.compile on"
              + " a GPU; eager, oneDNN and torch.compile on the processor. Needs a Python with"
              + " torch.")
  private boolean wanted;

  @Option(
      names = "--python",
      paramLabel = "PATH",
      description =
          "The Python to use for --peers. Default: $"
              + Python.VARIABLE
              + ", else python3 or python of the path.")
  private @Nullable String python;

  /**
   * Starts them; null if they are not asked for.
   *
   * @param threads of the peers on the processor
   */
  @Nullable Peers open(int threads) {
    if (!wanted && python == null) {
      return null;
    }
    try {
      return new PythonPeers(Python.find(python, threads));
    } catch (PeerFailure e) {
      throw Failure.notAvailable("--peers: " + e.getMessage());
    }
  }
}
