package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The body of {@code GET /api/v1/cluster/tasks}. */
final class TasksBody {
  private String id = "";
  private String kind = "";
  private String state = "";
  private String stage = "";
  private String startedBy = "";
  private double percent;
  private double rate;
  private @Nullable Duration eta;
  private @Nullable Instant since;
  private @Nullable String command;
  private final List<String> waitingFor = new ArrayList<>();

  private TasksBody() {}

  static List<Cluster.Task> read(byte[] body) throws IOException {
    List<Cluster.Task> tasks = null;
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("tasks");
        if (parser.nextToken() == JsonToken.START_ARRAY && wanted) {
          tasks = new ArrayList<>();
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            tasks.add(new TasksBody().task(parser));
          }
        } else {
          parser.skipChildren();
        }
      }
    }
    if (tasks == null) {
      throw new IOException("it has no tasks");
    }
    return List.copyOf(tasks);
  }

  private Cluster.Task task(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = parser.getValueAsString("");
        case "kind" -> kind = parser.getValueAsString("");
        case "state" -> state = parser.getValueAsString("");
        case "stage" -> stage = parser.getValueAsString("");
        case "startedBy" -> startedBy = parser.getValueAsString("");
        case "percent" -> percent = parser.getValueAsDouble();
        case "rate" -> rate = parser.getValueAsDouble();
        case "etaSeconds" ->
            eta =
                parser.currentToken().isNumeric()
                    ? Duration.ofMillis(Math.round(parser.getDoubleValue() * 1000))
                    : null;
        case "since" -> since = Json.instant(parser.getValueAsString());
        case "command" -> command = parser.getValueAsString();
        case "waitingFor" -> members(parser);
        default -> parser.skipChildren();
      }
    }
    return new Cluster.Task(
        id, kind, state, stage, percent, rate, eta, startedBy, waitingFor, since, command);
  }

  private void members(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      return;
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        waitingFor.add(parser.getText());
      } else {
        parser.skipChildren();
      }
    }
  }
}
