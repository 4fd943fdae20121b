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
      return ask(options.api(ProcessText.environment()));
    } catch (Api.UnreachableException e) {
      return fail(String.valueOf(e.getMessage()), ExitStatus.UNAVAILABLE);
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
  int fail(Api.Answer answer) {
    int status = answer.exitStatus();
    return fail(answer.problem(), status == ExitStatus.DONE ? ExitStatus.FAILED : status);
  }

  /** The same for a failure that the command itself has found. */
  int fail(String reason, int status) {
    err().println("starling: " + reason);
    return status;
  }

  /** The same for a listing. */
  int failed(Listing.FailedException failure) {
    Api.Answer answer = failure.answer();
    return answer == null
        ? fail(String.valueOf(failure.getMessage()), ExitStatus.UNAVAILABLE)
        : fail(answer);
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
