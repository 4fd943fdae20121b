package starling.node.main;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import starling.client.Body;
import starling.client.Request;
import starling.client.Response;

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
    Request request = Request.delete(key.storePath(quorum.options()));
    if (context != null) {
      // In the body, where the node judges it whatever it is.
      ObjectNode node = ClientOptions.JSON.createObjectNode().put("context", context);
      byte[] body = node.toString().getBytes(StandardCharsets.UTF_8);
      request = request.body(Body.of(body, Body.JSON));
    }
    Response answer = api.write(request, quorum.idempotencyKey());
    if (json()) {
      ObjectNode done = ClientOptions.JSON.createObjectNode().put("message", "deleted");
      answer.context().ifPresent(made -> done.put("context", made.text()));
      printJson(done);
    } else {
      print("deleted");
    }
    return ExitStatus.DONE;
  }
}
