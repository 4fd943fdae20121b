package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import starling.client.Response;
import starling.client.StarlingException;

/**
 * Stores entries by batches. Each version of an entry is a put that has seen nothing, so it
 * replaces no value, not even one that was written since the key was looked at; with overwrite the
 * first version of an entry is a blind put and replaces what is there. The idempotency key of a put
 * is made of the import and the line, so no attempt makes a second version.
 */
final class Importer {
  private static final int MAX_TRIES = 8;
  private static final long PAUSE_MILLIS = 100;
  private static final int MAX_BODY = 4 << 20;
  private static final int MAX_OPERATIONS = 500;

  /**
   * One entry of an export.
   *
   * @param versions each with value, encoding and type
   */
  record Entry(long line, String key, List<JsonNode> versions) {
    /** Reads a line; null if it is no entry. */
    static @Nullable Entry of(String line, long number) {
      JsonNode node;
      try {
        node = ExactJson.read(line);
      } catch (IOException | RuntimeException e) {
        return null;
      }
      JsonNode key = node.path("key");
      List<JsonNode> versions = new ArrayList<>();
      if (node.has("value")) {
        versions.add(node);
      } else {
        node.path("siblings").forEach(versions::add);
      }
      boolean whole = versions.stream().allMatch(version -> version.has("value"));
      return key.isTextual() && !versions.isEmpty() && whole
          ? new Entry(number, key.asText(), versions)
          : null;
    }
  }

  /** The import cannot go on. */
  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    FailedException(String message, int status) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** One operation of a batch and the line that it is of. */
  private record Operation(long line, String text) {}

  private final Api api;
  private final String path;
  private final String id;
  private final boolean overwrite;
  private long stored;
  private long skipped;

  Importer(Api api, String path, String id, boolean overwrite) {
    this.api = api;
    this.path = path;
    this.id = id;
    this.overwrite = overwrite;
  }

  String total() {
    return "imported " + stored + " entries, skipped " + skipped + " whose keys hold a value";
  }

  /**
   * Stores entries.
   *
   * @throws FailedException if one of them cannot be stored
   */
  void store(List<Entry> entries) {
    List<Entry> wanted = overwrite ? entries : absent(entries);
    List<Operation> puts = new ArrayList<>();
    long bytes = 0;
    for (Entry entry : wanted) {
      for (int i = 0; i < entry.versions().size(); i++) {
        Operation put = new Operation(entry.line(), put(entry, i));
        if (puts.size() == MAX_OPERATIONS || bytes + put.text().length() > MAX_BODY) {
          execute(puts);
          puts.clear();
          bytes = 0;
        }
        puts.add(put);
        bytes += put.text().length();
      }
    }
    execute(puts);
    stored += wanted.size();
    skipped += entries.size() - wanted.size();
  }

  private String put(Entry entry, int index) {
    JsonNode version = entry.versions().get(index);
    ObjectNode put = ClientOptions.JSON.createObjectNode();
    put.put("key", entry.key());
    put.set("value", version.get("value"));
    for (String field : List.of("encoding", "contentType")) {
      JsonNode given = version.get(field);
      if (given != null && !given.isNull()) {
        put.set(field, given);
      }
    }
    if (!overwrite || index > 0) {
      put.put("context", "");
    }
    put.put("idempotencyKey", id + "-" + entry.line() + "-" + index);
    ObjectNode operation = ClientOptions.JSON.createObjectNode();
    operation.set("put", put);
    return operation.toString();
  }

  /** The entries whose keys hold no value. */
  private List<Entry> absent(List<Entry> entries) {
    List<Operation> gets = new ArrayList<>();
    for (Entry entry : entries) {
      ObjectNode operation = ClientOptions.JSON.createObjectNode();
      operation.putObject("get").put("key", entry.key());
      gets.add(new Operation(entry.line(), operation.toString()));
    }
    List<JsonNode> results = execute(gets);
    List<Entry> absent = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (results.get(i).path("status").asInt() == 404) {
        absent.add(entries.get(i));
      }
    }
    return absent;
  }

  /** Executes operations until each has a result that stays. */
  private List<JsonNode> execute(List<Operation> operations) {
    JsonNode[] results = new JsonNode[operations.size()];
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      open.add(i);
    }
    for (int tries = 0; !open.isEmpty(); tries++) {
      String failure = attempt(operations, open, results);
      if (failure != null) {
        if (tries == MAX_TRIES) {
          throw new FailedException(failure, ExitStatus.UNAVAILABLE);
        }
        pause(tries);
      }
    }
    return List.of(results);
  }

  /** Sends the open operations; returns why some of them stay open, or null. */
  private @Nullable String attempt(
      List<Operation> operations, List<Integer> open, JsonNode[] results) {
    StringBuilder body = new StringBuilder("{\"operations\":[");
    for (int i = 0; i < open.size(); i++) {
      body.append(i == 0 ? "" : ",").append(operations.get(open.get(i)).text());
    }
    Response answer;
    try {
      answer = api.batch(path, body.append("]}").toString());
    } catch (StarlingException e) {
      if (Api.exitStatus(e) == ExitStatus.UNAVAILABLE) {
        return Api.text(e);
      }
      throw new FailedException(Api.text(e), ExitStatus.FAILED);
    }
    String failure = null;
    List<Integer> left = new ArrayList<>();
    JsonNode got = results(answer);
    for (int i = 0; i < open.size(); i++) {
      JsonNode result = got.path(i);
      int status = result.path("status").asInt();
      long line = operations.get(open.get(i)).line();
      if (status == 429 || status >= 500 || status == 0) {
        left.add(open.get(i));
        failure = "line " + line + ": " + status + " " + result.path("detail").asText();
      } else if (status >= 400 && status != 404) {
        throw new FailedException(
            "line " + line + " cannot be stored: " + result.path("detail").asText(),
            ExitStatus.FAILED);
      } else {
        results[open.get(i)] = result;
      }
    }
    open.clear();
    open.addAll(left);
    return failure;
  }

  private static JsonNode results(Response answer) {
    try {
      return ClientOptions.JSON.readTree(answer.text()).path("results");
    } catch (IOException e) {
      throw new FailedException("the answer of a batch is no JSON", ExitStatus.FAILED);
    }
  }

  private static void pause(int tries) {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS << tries);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailedException("interrupted", ExitStatus.FAILED);
    }
  }
}
