package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** Shows how many partitions each node owns. */
@Command(
    name = "ring",
    description = "Shows the ring: its version, and how many partitions each node owns.",
    mixinStandardHelpOptions = true)
final class RingCommand extends ClusterCommand {
  @Override
  int ask(Api api) {
    JsonNode ring = Api.json(api.get("/api/v1/cluster/ring"));
    if (json()) {
      printJson(ring);
      return ExitStatus.DONE;
    }
    print(
        ring.path("partitions").asText()
            + " partitions, version "
            + ring.path("version").asText()
            + ", hash "
            + ring.path("hash").asText());
    Map<String, Integer> owned = new TreeMap<>();
    ring.path("owners").forEach(owner -> owned.merge(owner.asText(), 1, Integer::sum));
    Table table = new Table("NAME", "PARTITIONS", "ZONE", "WEIGHT", "ID");
    for (JsonNode node : ring.path("nodes")) {
      String id = node.path("id").asText();
      table.row(
          node.path("name").asText(),
          String.valueOf(owned.getOrDefault(id, 0)),
          node.path("zone").asText(),
          node.path("weight").asText(),
          id);
    }
    print(table.toString());
    return ExitStatus.DONE;
  }
}
