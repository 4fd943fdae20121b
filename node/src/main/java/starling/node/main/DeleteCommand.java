package starling.node.main;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Deletes one key. */
@Command(
    name = "delete",
    description = "Deletes a key, whether or not it is there.",
    mixinStandardHelpOptions = true)
final class DeleteCommand extends ClusterCommand {
  @Mixin private KeyOptions key;
  @Mixin private WriteQuorum quorum;

  @Option(
      names = "--context",
      paramLabel = "CONTEXT",
      description = "the causal context that a get of the key returned")
  private @Nullable String context;

  @Override
  int ask(Api api) {
    Api.Body body = null;
    if (context != null) {
      ObjectNode node = ClientOptions.JSON.createObjectNode().put("context", context);
      body = Api.Body.json(node.toString());
    }
    Api.Answer answer =
        api.write("DELETE", key.storePath(quorum.options()), body, quorum.idempotencyKey());
    if (!answer.ok()) {
      return fail(answer);
    }
    if (json()) {
      ObjectNode done = ClientOptions.JSON.createObjectNode().put("message", "deleted");
      if (answer.context() != null) {
        done.put("context", answer.context());
      }
      printJson(done);
    } else {
      print("deleted");
    }
    return ExitStatus.DONE;
  }
}
