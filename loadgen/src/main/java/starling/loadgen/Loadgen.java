package starling.loadgen;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the load generator. */
@Command(
    name = "loadgen",
    description = "Puts a Starling cluster under load, measures it, and verifies what it answers.",
    mixinStandardHelpOptions = true,
    versionProvider = Loadgen.Version.class,
    subcommands = {RunCommand.class, CompareCommand.class, CheckCommand.class})
public final class Loadgen implements Runnable {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:,=@%+-]+");

  @Spec private CommandSpec spec;

  private Loadgen() {}

  /** Runs one command and ends the process with its exit status. */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /** Runs one command and gives its exit status. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(Timings.DEFAULT, out, err, args);
  }

  static int run(Timings timings, PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Loadgen(), new Commands(timings))
        .setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (error, typed) -> {
              err.println("loadgen: " + oneLine(error));
              return USAGE;
            })
        .setExecutionExceptionHandler(
            (error, command, parsed) -> {
              err.println("loadgen: " + oneLine(error));
              return FAILED;
            })
        .execute(args);
  }

  /** The command as it was typed, for a shell. */
  static String typed(CommandSpec command) {
    return "loadgen "
        + command.root().commandLine().getParseResult().originalArgs().stream()
            .map(Loadgen::quoted)
            .collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static String oneLine(Exception error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return Arrays.stream(message.split("\\R"))
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining(" "));
  }

  static String version() {
    String version = Loadgen.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is required: run, compare or check; see loadgen --help");
  }

  /** Makes commands that know their timings. */
  private record Commands(Timings timings) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      Object command =
          type == RunCommand.class
              ? new RunCommand(timings)
              : type == CheckCommand.class
                  ? new CheckCommand(timings)
                  : CommandLine.defaultFactory().create(type);
      return type.cast(command);
    }
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"loadgen " + version()};
    }
  }
}
