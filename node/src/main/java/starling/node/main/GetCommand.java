package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads one key. */
@Command(
    name = "get",
    description = {
      "Prints the value of a key; with -o json the whole answer with its context.",
      "Exit status 3: nothing is stored; 4: siblings stand, all are printed."
    },
    mixinStandardHelpOptions = true)
final class GetCommand extends ClusterCommand {
  @Mixin private KeyOptions key;
  @Mixin private ReadQuorum quorum;

  @Override
  int ask(Api api) {
    Api.Answer answer = api.get(key.storePath(quorum.options()));
    if (answer.status() != 200 && answer.status() != 300) {
      return fail(answer);
    }
    JsonNode found = answer.json();
    if (json()) {
      printJson(found);
    } else if (answer.status() == 200) {
      print(text(found));
    } else {
      found.path("siblings").forEach(sibling -> print(text(sibling)));
    }
    return answer.exitStatus();
  }

  /** A string and bytes that are text as they are, any other JSON as JSON. */
  static String text(JsonNode holder) {
    JsonNode value = holder.path("value");
    if (!value.isTextual()) {
      return value.toString();
    }
    return holder.path("encoding").asText().equals("base64") ? decoded(value) : value.asText();
  }

  /** What is no text stays base64: a terminal could show nothing better. */
  private static String decoded(JsonNode value) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Base64.getDecoder().decode(value.asText())))
          .toString();
    } catch (CharacterCodingException | IllegalArgumentException e) {
      return value.asText();
    }
  }
}
