package starling.node.main;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** A command that is not built yet: it prints that, for all arguments. */
abstract class UnbuiltCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Unmatched private List<String> ignored;

  @Override
  public Integer call() {
    spec.commandLine().getErr().println("starling: '" + spec.name() + "' is not built yet");
    return ExitStatus.FAILED;
  }

  @Command(name = "join", description = "Not built yet: moves tokens to a new node.")
  static final class Join extends UnbuiltCommand {}

  @Command(name = "leave", description = "Not built yet: moves a node's tokens away.")
  static final class Leave extends UnbuiltCommand {}

  @Command(name = "remove", description = "Not built yet: removes a dead node.")
  static final class Remove extends UnbuiltCommand {}

  @Command(name = "replace", description = "Not built yet: replaces a dead node.")
  static final class Replace extends UnbuiltCommand {}

  @Command(name = "repair", description = "Not built yet: compares replicas.")
  static final class Repair extends UnbuiltCommand {}

  @Command(name = "backup", description = "Not built yet: backs a node up.")
  static final class Backup extends UnbuiltCommand {}

  @Command(name = "restore", description = "Not built yet: restores a backup.")
  static final class Restore extends UnbuiltCommand {}

  @Command(name = "tasks", description = "Not built yet: shows long tasks.")
  static final class Tasks extends UnbuiltCommand {}
}
