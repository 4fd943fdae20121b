package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks a cluster something and prints the answer. */
abstract class ClusterCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClientOptions options;

  @Override
  public Integer call() {
    try {
      return ask(options.api());
    } catch (Api.UnreachableException e) {
      err().println("starling: " + e.getMessage());
      return ExitStatus.UNAVAILABLE;
    }
  }

  /** Asks, prints, and gives the exit status. */
  abstract int ask(Api api);

  boolean json() {
    return options.json();
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Prints a failure on the error stream and gives its exit status. */
  int fail(Api.Answer answer) {
    err().println("starling: " + answer.problem());
    int status = answer.exitStatus();
    return status == ExitStatus.DONE ? ExitStatus.FAILED : status;
  }

  void printJson(JsonNode node) {
    out().println(node.toPrettyString());
    out().flush();
  }

  void print(String line) {
    out().println(line);
    out().flush();
  }
}
