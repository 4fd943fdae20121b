package starling.node.main;

import java.util.ArrayList;
import java.util.List;
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
      UnbuiltCommand.ListKeys.class,
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
  @Spec private CommandSpec spec;

  /** Runs one command and ends the process with its exit status. */
  public static void main(String[] args) {
    int status = commandLine().execute(args);
    if (status != ServeCommand.STAYS) {
      System.exit(status);
    }
  }

  /** The commands, with errors of usage as one line and status 2. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Starling());
    line.getSubcommands()
        .forEach(
            (name, command) -> {
              if (name.equals("serve")) {
                command.getCommandSpec().usageMessage().footer(optionsOfTheFile());
              }
            });
    return line.setCaseInsensitiveEnumValuesAllowed(true)
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

  private static String oneLine(Exception error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return message.lines().findFirst().orElse("").strip();
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
