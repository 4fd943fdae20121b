package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;

/** Lists the members of the cluster. */
@Command(
    name = "members",
    description = "Lists the members, as the asked node sees them.",
    mixinStandardHelpOptions = true)
final class MembersCommand extends ClusterCommand {
  @Override
  int ask(Api api) {
    Api.Answer answer = api.get("/api/v1/cluster/members");
    if (!answer.ok()) {
      return fail(answer);
    }
    if (json()) {
      printJson(answer.json());
    } else {
      print(table(answer.json()));
    }
    return ExitStatus.DONE;
  }

  static String table(JsonNode members) {
    Table table = new Table("NAME", "STATUS", "PHASE", "HTTP", "PEER", "ZONE", "ID");
    for (JsonNode member : members.path("members")) {
      table.row(
          member.path("name").asText(),
          member.path("status").asText(),
          member.path("phase").asText(),
          member.path("http").asText(),
          member.path("peer").asText(),
          member.path("zone").asText(),
          member.path("id").asText());
    }
    return table.toString();
  }
}
