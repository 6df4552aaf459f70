package io.github.bn4j.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;

/**
 * Sends the library's log to standard error: warnings only, or all of it with {@code -v}. In code,
 * because a configuration file in the jar would also speak for users of the library.
 */
final class Logging {
  private Logging() {}

  static void configure(boolean verbose) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    context.reset();
    PatternLayoutEncoder layout = new PatternLayoutEncoder();
    layout.setContext(context);
    layout.setPattern("%-5level %logger{0}: %msg%n");
    layout.start();
    ConsoleAppender<ILoggingEvent> screen = new ConsoleAppender<>();
    screen.setContext(context);
    screen.setTarget("System.err");
    screen.setEncoder(layout);
    screen.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(screen);
    context.getLogger("io.github.bn4j").setLevel(verbose ? Level.DEBUG : Level.WARN);
  }
}
