package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
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

  @Override
  int ask(Api api) {
    Api.Answer answer = api.get(key.readPath(""));
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

  /** A string as it is, any other JSON as JSON. */
  static String text(JsonNode holder) {
    JsonNode value = holder.path("value");
    return value.isTextual() ? value.asText() : value.toString();
  }
}
