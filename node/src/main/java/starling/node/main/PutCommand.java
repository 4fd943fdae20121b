package starling.node.main;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes one key. */
@Command(
    name = "put",
    description = {
      "Stores a value under a key, replacing what its quorum holds, or with --context exactly what",
      "that context has seen. The value is a string, or JSON with --json; - reads standard input."
    },
    mixinStandardHelpOptions = true)
final class PutCommand extends ClusterCommand {
  @Mixin private KeyOptions key;
  @Mixin private WriteQuorum quorum;

  @Parameters(index = "1", paramLabel = "VALUE", description = "the value, or - for standard input")
  private String value = "";

  @Option(names = "--json", description = "the value is JSON")
  private boolean jsonValue;

  @Option(names = "--context", paramLabel = "CONTEXT", description = "what was seen of the key")
  private @Nullable String context;

  @Override
  int ask(Api api) {
    ObjectNode body = ClientOptions.JSON.createObjectNode();
    String text = value.equals("-") ? standardInput() : value;
    if (jsonValue) {
      try {
        // Checked here for a clear message; sent as it was written.
        var unused = ClientOptions.JSON.readTree(text);
      } catch (JsonProcessingException e) {
        throw new ConfigException("the value is not JSON");
      }
      body.putRawValue("value", new com.fasterxml.jackson.databind.util.RawValue(text));
    } else {
      body.put("value", text);
    }
    if (context != null) {
      body.put("context", context);
    }
    Api.Answer answer =
        api.write(
            "PUT",
            key.storePath(quorum.options()),
            body.toString().getBytes(StandardCharsets.UTF_8),
            quorum.idempotencyKey());
    if (!answer.ok()) {
      return fail(answer);
    }
    if (json()) {
      printJson(answer.json());
    } else {
      print("stored");
    }
    return ExitStatus.DONE;
  }

  private static String standardInput() {
    try {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
