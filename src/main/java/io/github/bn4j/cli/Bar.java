package io.github.bn4j.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error; nothing at all where that is not a terminal. */
final class Bar implements AutoCloseable {
  /** Fits a terminal of 80 columns, which the narrowest in use have. */
  private static final int COLUMNS = 79;

  /** Often enough to look alive. */
  private static final int MILLISECONDS = 200;

  /** What is shown of the name of a step. */
  private static final int NAME_LENGTH = 28;

  private final @Nullable ProgressBar bar;

  private Bar(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  static Bar open(Screen screen, String task) {
    if (!screen.errIsTerminal()) {
      return new Bar(null);
    }
    return new Bar(
        new ProgressBarBuilder()
            .setTaskName(task)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(MILLISECONDS)
            .setConsumer(new ConsoleProgressBarConsumer(System.err, COLUMNS))
            .clearDisplayOnFinish()
            .build());
  }

  /** Says how far it is and what comes next. */
  void at(long done, long total, String next) {
    if (bar != null) {
      bar.maxHint(total);
      bar.stepTo(done);
      bar.setExtraMessage(
          next.length() <= NAME_LENGTH ? next : next.substring(0, NAME_LENGTH - 3) + "...");
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
