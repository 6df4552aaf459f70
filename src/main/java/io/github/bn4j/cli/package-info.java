/**
 * The command line {@code bn4j}: the only package that prints.
 *
 * <p>{@link io.github.bn4j.cli.Main} holds the list of commands, one class per command. A command
 * reads its options, checks them, calls the library and prints; the work is done by {@code api},
 * {@code io}, {@code verify} and {@code bench}.
 *
 * <p>Results go to standard output, progress and complaints to standard error. Exit codes are in
 * {@link io.github.bn4j.cli.ExitCodes}. A user's mistake is a message that names the parameter,
 * what was expected, what was given and what to do; its stack trace is shown only with {@code -v}.
 * Colour and progress bars appear only on a terminal, colour not if {@code NO_COLOR} is set.
 */
@NullMarked
package io.github.bn4j.cli;

import org.jspecify.annotations.NullMarked;
