package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import starling.client.StarlingException;

/** A command that asks a cluster something and prints the answer. */
abstract class ClusterCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClientOptions options;

  @Override
  public Integer call() {
    try (Api api = options.api(ProcessText.environment())) {
      return ask(api);
    } catch (StarlingException e) {
      return fail(e);
    }
  }

  /** Asks, prints, and gives the exit status. */
  abstract int ask(Api api);

  boolean json() {
    return options.json();
  }

  StandardStreams streams() {
    return ((Starling) spec.root().userObject()).streams();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Prints a failure on the error stream and gives its exit status. */
  int fail(StarlingException failure) {
    return fail(Api.text(failure), Api.exitStatus(failure));
  }

  /** The same for a failure that the command itself has found. */
  int fail(String reason, int status) {
    err().println("starling: " + reason);
    return status;
  }

  /** Prints a line of progress on the error stream. */
  void note(String line) {
    err().println(line);
    err().flush();
  }

  void printJson(JsonNode node) {
    print(Surrogates.escaped(node.toPrettyString()));
  }

  void print(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
