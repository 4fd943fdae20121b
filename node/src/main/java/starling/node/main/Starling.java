package starling.node.main;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of Starling. */
@Command(
    name = "starling",
    description = "A leaderless, always-writable key-value store.",
    mixinStandardHelpOptions = true,
    versionProvider = Starling.Version.class,
    subcommands = {
      ServeCommand.class,
      DemoCommand.class,
      GetCommand.class,
      PutCommand.class,
      DeleteCommand.class,
      StatusCommand.class,
      MembersCommand.class,
      RingCommand.class,
      ExplainCommand.class,
      ListCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      UnbuiltCommand.Join.class,
      UnbuiltCommand.Leave.class,
      UnbuiltCommand.Remove.class,
      UnbuiltCommand.Replace.class,
      UnbuiltCommand.Repair.class,
      UnbuiltCommand.Backup.class,
      UnbuiltCommand.Restore.class,
      UnbuiltCommand.Tasks.class,
    })
public final class Starling implements Runnable {
  private static final Pattern CONTROL =
      Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]");

  private final StandardStreams streams;
  @Spec private CommandSpec spec;

  private Starling(StandardStreams streams) {
    this.streams = streams;
  }

  StandardStreams streams() {
    return streams;
  }

  /** Runs one command and ends the process with its exit status. */
  public static void main(String[] args) {
    StandardStreams streams = StandardStreams.ofProcess();
    String[] typed;
    try {
      typed = ProcessText.arguments(args);
    } catch (ConfigException e) {
      streams.err().println("starling: " + oneLine(e));
      System.exit(ExitStatus.USAGE);
      return;
    }
    int status = run(streams, typed);
    if (status != ServeCommand.STAYS) {
      System.exit(status);
    }
  }

  /** Runs one command and gives its exit status: that of a failure where its output is lost. */
  static int run(StandardStreams streams, String... args) {
    int status = commandLine(streams).execute(args);
    String failure = status == ServeCommand.STAYS ? null : streams.failure();
    if (failure == null) {
      return status;
    }
    streams
        .err()
        .println(
            "starling: standard output cannot be written: "
                + failure
                + (status == ExitStatus.DONE ? "; the command itself was done" : ""));
    return ExitStatus.FAILED;
  }

  /** The commands, with errors of usage as one line and status 2. */
  static CommandLine commandLine(StandardStreams streams) {
    CommandLine line =
        new CommandLine(new Starling(streams)).setOut(streams.out()).setErr(streams.err());
    line.getSubcommands()
        .forEach(
            (name, command) -> {
              if (name.equals("serve")) {
                command.getCommandSpec().usageMessage().footer(optionsOfTheFile());
              }
            });
    // A value or key that begins with @ is stored as it is typed: it names no file of arguments.
    return line.setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (error, args) -> {
              error.getCommandLine().getErr().println("starling: " + oneLine(error));
              return ExitStatus.USAGE;
            })
        .setExecutionExceptionHandler(
            (error, command, parsed) -> {
              command.getErr().println("starling: " + oneLine(error));
              return error instanceof ConfigException ? ExitStatus.USAGE : ExitStatus.FAILED;
            });
  }

  private static String[] optionsOfTheFile() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("Options of the file; also --set PATH=VALUE, and the environment, where weight is");
    lines.add(OptionTexts.variable(Option.WEIGHT.path()) + ":");
    for (Option option : Option.values()) {
      lines.add("  " + option.path() + " (" + option.otherwise() + ")");
      lines.add("      " + option.meaning());
    }
    return lines.toArray(String[]::new);
  }

  /** Starling's own messages whole, with escapes for line breaks; the first line of others. */
  private static String oneLine(Exception error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return error instanceof ConfigException || error instanceof CommandFailedException
        ? CONTROL
            .matcher(message)
            .replaceAll(found -> String.format("\\\\u%04x", (int) found.group().charAt(0)))
        : message.lines().findFirst().orElse("").strip();
  }

  static String version() {
    String version = Starling.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is required; 'starling --help' lists them");
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"starling " + version()};
    }
  }
}
