package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import starling.ring.Ring;

/** The cluster, as one of its nodes sees it. */
public final class Cluster {
  private final Core core;
  private final Behavior behavior;

  Cluster(Core core, Behavior behavior) {
    this.core = core;
    this.behavior = behavior;
  }

  /**
   * A member of the cluster.
   *
   * @param status {@code alive}, {@code suspect}, {@code dead} or {@code left}
   * @param phase {@code joining}, {@code normal} or {@code leaving}
   * @param http the address of its REST API
   */
  public record Member(
      String name, String id, String status, String phase, String http, String zone) {}

  /** All members, the answering node included. */
  public CompletableFuture<List<Member>> members() {
    return call("/api/v1/cluster/members", Cluster::members);
  }

  /** The ring. */
  public CompletableFuture<Ring> ring() {
    return call("/api/v1/cluster/ring", body -> RingCopy.read(body).ring());
  }

  /** Completes when the client has found a node and knows the ring. */
  public CompletableFuture<Void> ready() {
    return members().thenAccept(members -> {});
  }

  /** Reads a body. */
  private interface Reader<R> {
    R read(byte[] body) throws IOException;
  }

  private <R> CompletableFuture<R> call(String target, Reader<R> reader) {
    return Core.guarded(
        () ->
            core.start(
                core.specs().cluster(target, behavior),
                (answer, attempts) -> {
                  try {
                    return reader.read(answer.body);
                  } catch (IOException e) {
                    throw new ProtocolException(
                        new Failure(
                            "the answer to " + target + " cannot be read: " + e.getMessage(),
                            "protocol",
                            StarlingException.Outcome.NOTHING_WRITTEN,
                            false,
                            null,
                            answer.requestId,
                            attempts,
                            e));
                  }
                }));
  }

  private static List<Member> members(byte[] body) throws IOException {
    List<Member> members = new ArrayList<>();
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("members");
        if (parser.nextToken() == JsonToken.START_ARRAY && wanted) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            members.add(member(parser));
          }
        } else {
          parser.skipChildren();
        }
      }
    }
    return List.copyOf(members);
  }

  private static Member member(JsonParser parser) throws IOException {
    String[] texts = {"", "", "", "", "", ""};
    List<String> names = List.of("name", "id", "status", "phase", "http", "zone");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      int index = names.indexOf(parser.currentName());
      parser.nextToken();
      if (index < 0) {
        parser.skipChildren();
      } else {
        texts[index] = parser.getValueAsString("");
      }
    }
    return new Member(texts[0], texts[1], texts[2], texts[3], texts[4], texts[5]);
  }
}
