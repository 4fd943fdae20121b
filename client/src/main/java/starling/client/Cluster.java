package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
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

  /**
   * A long task.
   *
   * @param kind such as {@code join}, {@code leave} or {@code repair}
   * @param state {@code running}, {@code waiting}, {@code done}, {@code failed} or {@code
   *     cancelled}
   * @param percent how much of it is done, from 0 to 100
   * @param rate how fast it proceeds, as its node counts; 0 where that is not known
   * @param remaining until its end, as its node estimates; null where it cannot
   * @param waitingFor the members that a waiting task waits for
   * @param waitsSince when it began to wait; null if it does not
   * @param command that ends the wait; null if it does not wait
   */
  public record Task(
      String id,
      String kind,
      String state,
      String stage,
      double percent,
      double rate,
      @Nullable Duration remaining,
      String startedBy,
      List<String> waitingFor,
      @Nullable Instant waitsSince,
      @Nullable String command) {
    public Task {
      waitingFor = List.copyOf(waitingFor);
    }

    /** The time until its end, where its node can estimate it. */
    public Optional<Duration> eta() {
      return Optional.ofNullable(remaining);
    }

    /** When it began to wait, if it waits. */
    public Optional<Instant> since() {
      return Optional.ofNullable(waitsSince);
    }
  }

  /** All members, the answering node included. */
  public CompletableFuture<List<Member>> members() {
    return call("the list of members", "/api/v1/cluster/members", Cluster::members);
  }

  /** The ring. */
  public CompletableFuture<Ring> ring() {
    return call("the ring", "/api/v1/cluster/ring", body -> RingCopy.read(body).ring());
  }

  /**
   * The long tasks of the cluster, those of the last day included: joins, leaves, repairs.
   *
   * @return it fails with {@link InvalidRequestException} of the kind {@code not-built} where the
   *     nodes have no tasks yet
   */
  public CompletableFuture<List<Task>> tasks() {
    return call("the list of tasks", "/api/v1/cluster/tasks", TasksBody::read);
  }

  /** Completes when the client has found a node and knows the ring. */
  public CompletableFuture<Void> ready() {
    return members().thenAccept(members -> {});
  }

  private <R> CompletableFuture<R> call(String what, String target, AnswerBody.Reader<R> reader) {
    return Core.guarded(
        () ->
            core.start(
                core.specs().cluster("", target, behavior),
                (answer, attempts) -> AnswerBody.read(what, answer, attempts, reader)));
  }

  private static List<Member> members(byte[] body) throws IOException {
    List<Member> members = null;
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("members");
        if (parser.nextToken() == JsonToken.START_ARRAY && wanted) {
          members = new ArrayList<>();
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            members.add(member(parser));
          }
        } else {
          parser.skipChildren();
        }
      }
    }
    if (members == null) {
      throw new IOException("it has no members");
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
