package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.StringJoiner;
import picocli.CommandLine.Command;

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
    Api.Answer ready = api.get("/health/ready");
    Api.Answer members = api.get("/api/v1/cluster/members");
    Api.Answer ring = api.get("/api/v1/cluster/ring");
    if (!members.ok()) {
      return fail(members);
    }
    if (!ring.ok()) {
      return fail(ring);
    }
    int alive = 0;
    for (JsonNode member : members.json().path("members")) {
      alive += member.path("status").asText().equals("alive") ? 1 : 0;
    }
    JsonNode known = ring.json();
    if (json()) {
      ObjectNode status = ClientOptions.JSON.createObjectNode();
      status.put("ready", ready.ok());
      if (!ready.ok()) {
        status.put("reason", ready.problem());
      } else if (ready.json().has("warning")) {
        status.set("warning", ready.json().path("warning"));
      }
      status.put("alive", alive);
      status.set("members", members.json().path("members"));
      ObjectNode shown = status.putObject("ring");
      shown.set("partitions", known.path("partitions"));
      shown.set("version", known.path("version"));
      shown.set("hash", known.path("hash"));
      printJson(status);
    } else {
      print(ready.ok() ? "ready" : "not ready: " + ready.problem());
      if (ready.ok() && ready.json().has("warning")) {
        print(ready.json().path("warning").asText());
      }
      print(
          alive
              + " of "
              + members.json().path("members").size()
              + " members alive; ring version "
              + known.path("version").asText()
              + ", "
              + known.path("partitions").asText()
              + " partitions");
      for (JsonNode member : members.json().path("members")) {
        if (member.path("status").asText().equals("suspect")) {
          print(suspicion(member));
        }
      }
      for (JsonNode member : members.json().path("members")) {
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
      print(MembersCommand.table(members.json(), Colours.enabled()));
    }
    return ready.ok() ? ExitStatus.DONE : ExitStatus.UNAVAILABLE;
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
        + ": it did not answer; requests still go to it until it counts as dead";
  }
}
