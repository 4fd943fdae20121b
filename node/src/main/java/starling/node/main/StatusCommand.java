package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import starling.client.StarlingException;

/** Shows the state of the cluster. */
@Command(
    name = "status",
    description = {
      "Says whether the asked node is ready, how many members are alive, and which ring is in force.",
      "Exit status 5: the node is not ready."
    },
    mixinStandardHelpOptions = true)
final class StatusCommand extends ClusterCommand {
  @Override
  int ask(Api api) {
    Readiness ready = readiness(api);
    JsonNode members = Api.json(api.get("/api/v1/cluster/members"));
    JsonNode known = Api.json(api.get("/api/v1/cluster/ring"));
    int alive = 0;
    for (JsonNode member : members.path("members")) {
      alive += member.path("status").asText().equals("alive") ? 1 : 0;
    }
    if (json()) {
      ObjectNode status = ClientOptions.JSON.createObjectNode();
      status.put("ready", ready.yes());
      if (!ready.yes()) {
        status.put("reason", ready.reason());
      } else if (ready.answer().has("warning")) {
        status.set("warning", ready.answer().path("warning"));
      }
      status.put("alive", alive);
      status.set("members", members.path("members"));
      ObjectNode shown = status.putObject("ring");
      shown.set("partitions", known.path("partitions"));
      shown.set("version", known.path("version"));
      shown.set("hash", known.path("hash"));
      printJson(status);
    } else {
      print(ready.yes() ? "ready" : "not ready: " + ready.reason());
      if (ready.answer().has("warning")) {
        print(ready.answer().path("warning").asText());
      }
      print(
          alive
              + " of "
              + members.path("members").size()
              + " members alive; ring version "
              + known.path("version").asText()
              + ", "
              + known.path("partitions").asText()
              + " partitions");
      for (JsonNode member : members.path("members")) {
        if (member.path("status").asText().equals("suspect")) {
          print(suspicion(member));
        }
      }
      for (JsonNode member : members.path("members")) {
        long hints = ExactJson.number(member.path("hintsOverdue"));
        long debts = ExactJson.number(member.path("debtsOverdue"));
        if (hints + debts > 0) {
          print(
              "overdue: "
                  + member.path("name").asText()
                  + " has been down for longer than hints.maxAge: the asked node stores "
                  + hints
                  + " hints for it, and it has missed "
                  + debts
                  + " keys; restart it, or remove it if it never comes back");
        }
      }
      print(MembersCommand.table(members, Colours.enabled()));
    }
    return ready.yes() ? ExitStatus.DONE : ExitStatus.UNAVAILABLE;
  }

  /**
   * Whether the asked node is ready.
   *
   * @param answer of a node that is
   * @param reason of a node that is not; else null
   */
  private record Readiness(JsonNode answer, @Nullable String reason) {
    boolean yes() {
      return reason == null;
    }
  }

  private static Readiness readiness(Api api) {
    try {
      return new Readiness(Api.json(api.get("/health/ready")), null);
    } catch (StarlingException e) {
      if (e.status() == 0) {
        throw e;
      }
      return new Readiness(MissingNode.getInstance(), Api.text(e));
    }
  }

  private static String suspicion(JsonNode member) {
    StringJoiner accusers = new StringJoiner(", ");
    member.path("suspectedBy").forEach(name -> accusers.add(name.asText()));
    return "suspect: "
        + member.path("name").asText()
        + " for "
        + MembersCommand.time(ExactJson.number(member.path("statusForMs")))
        + ", by "
        + accusers
        + ": it did not answer, and counts as dead soon unless it refutes that";
  }
}
