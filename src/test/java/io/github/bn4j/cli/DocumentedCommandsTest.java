package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Every command line in a page or a help is one that can be typed as it stands. */
final class DocumentedCommandsTest {
  /** A line of its own, indented or in a block, up to a comment; not the head of a tuned file. */
  private static final Pattern COMMAND =
      Pattern.compile("^ *(?:scripts/)?bn4j (?!tuned tiers)([^#\\n]*)", Pattern.MULTILINE);

  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");

  /** Options of other programs that pages speak of. */
  private static final Set<String> OF_OTHERS =
      Set.of(
          "--add-modules", // the JVM's
          "--rm", // Docker's
          "--minutes", // those of gpu-check
          "--quick",
          "--rehearse",
          "--out", // those of peers.py
          "--compile");

  private static final int COLUMNS = 80;

  static Stream<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages.stream();
  }

  static Stream<String> commands() {
    return Main.commandLine().getSubcommands().keySet().stream();
  }

  private static List<String> commandsIn(String text) {
    String joined = text.replace("\r\n", "\n").replaceAll("\\\\\n *", "");
    List<String> commands = new ArrayList<>();
    Matcher matcher = COMMAND.matcher(joined);
    while (matcher.find()) {
      commands.add(matcher.group(1).strip());
    }
    return commands;
  }

  private static void assertParses(String where, String command) {
    assertThatCode(() -> Main.commandLine().parseArgs(command.split(" +")))
        .as("bn4j %s in %s", command, where)
        .doesNotThrowAnyException();
  }

  @Test
  void readme_showsCommands() throws IOException {
    assertThat(commandsIn(Files.readString(Path.of("README.md"))))
        .hasSizeGreaterThan(3)
        .contains("train cnn", "verify");
  }

  @Test
  void readme_listsEveryCommand() throws IOException {
    Stream<String> listed =
        Pattern.compile("^\\| `bn4j (\\w+)", Pattern.MULTILINE)
            .matcher(Files.readString(Path.of("README.md")))
            .results()
            .map(each -> each.group(1));

    assertThat(listed).containsExactlyInAnyOrderElementsOf(commands().toList());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void page_hasCommandsThatParse(Path page) throws IOException {
    commandsIn(Files.readString(page)).forEach(each -> assertParses(page.toString(), each));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void page_namesOptionsThatExist(Path page) throws IOException {
    Set<String> known = new TreeSet<>(OF_OTHERS);
    for (CommandLine command : Main.commandLine().getSubcommands().values()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        known.addAll(Arrays.asList(option.names()));
      }
    }
    Set<String> named = new TreeSet<>();
    OPTION.matcher(Files.readString(page)).results().forEach(each -> named.add(each.group()));

    assertThat(known).as("options that %s names", page).containsAll(named);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_hasExamplesThatParse(String command) {
    String footer = String.join("\n", spec(command).usageMessage().footer());
    List<String> examples = commandsIn(footer);

    assertThat(examples).as("examples of %s", command).isNotEmpty();
    examples.forEach(each -> assertParses("the help", each));
    assertThat(examples).allMatch(each -> each.startsWith(command));
  }

  /** What is aligned by spaces is not wrapped by a terminal of 80 columns. */
  @ParameterizedTest
  @MethodSource("commands")
  void help_hasAlignedLinesThatFit(String command) {
    CommandLine.Model.UsageMessageSpec help = spec(command).usageMessage();

    assertThat(Stream.concat(Stream.of(help.description()), Stream.of(help.footer())))
        .filteredOn(line -> line.startsWith("  "))
        .allMatch(line -> line.length() <= COLUMNS);
  }

  private static CommandLine.Model.CommandSpec spec(String command) {
    return Objects.requireNonNull(Main.commandLine().getSubcommands().get(command), command)
        .getCommandSpec();
  }
}
