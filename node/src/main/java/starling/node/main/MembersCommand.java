package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Lists the members of the cluster. */
@Command(
    name = "members",
    description = "Lists the members, as the asked node sees them.",
    mixinStandardHelpOptions = true)
final class MembersCommand extends ClusterCommand {
  private static final int STATUS_COLUMN = 2;

  @Override
  int ask(Api api) {
    JsonNode answer = Api.json(api.get("/api/v1/cluster/members"));
    if (json()) {
      printJson(answer);
    } else {
      print(table(answer, Colours.enabled()));
    }
    return ExitStatus.DONE;
  }

  /** All members; the status is coloured on a terminal. */
  static String table(JsonNode members, boolean colours) {
    Table table =
        new Table(
            "NAME",
            "ID",
            "STATUS",
            "PHASE",
            "HEARTBEAT",
            "INCARNATION",
            "CONTACT",
            "ZONE",
            "PEER",
            "HTTP");
    if (colours) {
      table.coloured(STATUS_COLUMN, Colours::ofStatus);
    }
    for (JsonNode member : members.path("members")) {
      table.row(
          member.path("name").asText(),
          member.path("id").asText(),
          member.path("status").asText(),
          member.path("phase").asText(),
          member.path("heartbeat").asText(),
          member.path("incarnation").asText(),
          ago(member.path("lastContactMs")),
          member.path("zone").asText(),
          member.path("peer").asText(),
          member.path("http").asText());
    }
    return table.toString();
  }

  /** Empty where the node does not say, as an older one. */
  private static String ago(JsonNode contact) {
    if (contact.isMissingNode()) {
      return "";
    }
    if (contact.isNull()) {
      return "never";
    }
    long millis = ExactJson.number(contact);
    return millis == 0 ? "now" : time(millis) + " ago";
  }

  /** A time in one unit: 0.4s, 12s, 5m, 3h, 2d. */
  static String time(long millis) {
    long seconds = millis / 1000;
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
    } else if (seconds < 120) {
      return seconds + "s";
    } else if (seconds < 7_200) {
      return seconds / 60 + "m";
    }
    return seconds < 172_800 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
  }
}
