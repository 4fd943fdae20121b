package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the partition of a key and what each replica holds. */
@Command(
    name = "explain",
    description =
        "Shows the partition of a key and what each of its replicas holds at this moment.",
    mixinStandardHelpOptions = true)
final class ExplainCommand extends ClusterCommand {
  private static final int SHOWN_CHARS = 60;

  @Mixin private KeyOptions key;

  @Override
  int ask(Api api) {
    JsonNode report = Api.json(api.get(key.replicasPath()));
    if (json()) {
      printJson(report);
      return ExitStatus.DONE;
    }
    print("key " + key.key() + " lies in partition " + report.path("partition").asText());
    Table table = new Table("NODE", "ROLE", "HOLDS", "DOT", "VALUE");
    for (JsonNode replica : report.path("replicas")) {
      String node = replica.path("node").asText();
      String role = replica.path("role").asText();
      if (!replica.path("reachable").asBoolean()) {
        table.row(node, role, "did not answer", "", "");
      } else if (replica.path("versions").isEmpty()) {
        table.row(node, role, "nothing", "", "");
      }
      for (JsonNode version : replica.path("versions")) {
        boolean tombstone = version.path("tombstone").asBoolean();
        table.row(
            node,
            role,
            tombstone ? "tombstone" : "value",
            version.path("dot").asText(),
            tombstone ? "" : shortened(GetCommand.shown(version)));
      }
    }
    print(table.toString());
    return ExitStatus.DONE;
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.codePointCount(0, line.length()) <= SHOWN_CHARS
        ? line
        : line.substring(0, line.offsetByCodePoints(0, SHOWN_CHARS)) + "...";
  }
}
