package io.github.bn4j.cli;

import io.github.bn4j.backend.cudnn.CudnnBackend;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The list of commands, and what they have in common. */
@Command(
    name = "bn4j",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    synopsisHeading = "",
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments%n",
    optionListHeading = "%nOptions%n",
    commandListHeading = "%nCommands%n",
    exitCodeListHeading = "%nExit codes%n",
    exitCodeList = {
      "0:done as asked",
      "1:everything ran, but a check did not hold",
      "2:a wrong option, or input that is missing or wrong; nothing was written",
      "3:the backend that was asked for cannot do this on this machine, or its device failed",
      "4:out of memory, or a mistake of the program"
    },
    description = "Batch normalization on NVIDIA GPUs and on the CPU.",
    footerHeading = "%nExamples%n",
    footer = {
      "  bn4j verify                       check every backend of this machine",
      "  bn4j info                         which backends there are, and why not others",
      "  bn4j apply forward-training --input in.safetensors --output out.safetensors",
      "",
      "'bn4j COMMAND --help' explains a command."
    },
    subcommands = {
      VerifyCommand.class,
      ApplyCommand.class,
      BenchCommand.class,
      TuneCommand.class,
      ExplainCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      CalibrateCommand.class,
      ConvertCommand.class,
      FoldCommand.class,
      InfoCommand.class
    })
public final class Main implements Callable<Integer> {
  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log what is chosen and done; show the stack trace of a failure.")
  private boolean verbose;

  @Option(
      names = "--cudnn-dir",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description =
          "Look for cuDNN in this folder only. Default: the loader's path, and where CUDA, the"
              + " distribution and Python put it.")
  void lookForCudnnIn(Path folder) {
    System.setProperty(CudnnBackend.DIRECTORY_PROPERTY, folder.toString());
  }

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private final Terminal terminal;

  private Main(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    return terminal;
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    Terminal.takeStandardError();
    PrintWriter out = new PrintWriter(System.out, false, Charset.defaultCharset());
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    int code = run(Terminal.ofProcess(), out, err, args);
    System.exit(code);
  }

  /** Runs a command with the streams given; never throws. */
  static int run(Terminal terminal, PrintWriter out, PrintWriter err, String... args) {
    Complaints complaints = new Complaints(terminal.errColours());
    Main main = new Main(terminal);
    CommandLine line =
        commandLine(main)
            .setOut(out)
            .setErr(err)
            .setColorScheme(Help.defaultColorScheme(terminal.outColours()))
            .setParameterExceptionHandler((mistake, ignored) -> complaints.parameter(mistake, err))
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> complaints.execution(failure, main.verbose, err))
            .setExecutionStrategy(
                parsed -> {
                  Logging.configure(main.verbose);
                  return new CommandLine.RunLast().execute(parsed);
                });
    try {
      return line.execute(args);
    } catch (OutOfMemoryError | LinkageError | StackOverflowError failure) {
      return complaints.execution(failure, main.verbose, err);
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static CommandLine commandLine(Main main) {
    CommandLine line = new CommandLine(main);
    Choices.teachNumbers(line);
    return line;
  }

  /** All commands and their options, to look at or to parse with; nothing is run by it. */
  static CommandLine commandLine() {
    return commandLine(new Main(Terminal.NONE));
  }

  /** Without a command: the help, and an exit code that tells a script of the mistake. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
