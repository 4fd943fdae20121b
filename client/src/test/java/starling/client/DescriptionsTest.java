package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What nodes say of tasks, buckets, and the expiry and type of values. */
class DescriptionsTest {
  private final HostileServer server = new HostileServer(request -> HostileServer.CLOSE);
  private final Starling starling =
      Starling.builder()
          .endpoints(server.address())
          .behavior(Behavior.DEFAULT.deadline(Duration.ofSeconds(20)).retries(Retries.of(2, 1)))
          .build();

  @AfterEach
  void close() {
    starling.close();
    server.close();
  }

  private void answers(String target, String body) {
    server.behave(
        request ->
            request.contains(" " + target)
                ? HostileServer.answer(200, "", body)
                : HostileServer.problem(404, "no-such-route", ""));
  }

  @Test
  void tasksAreListedWithWhatTheyWaitFor() {
    answers(
        "/api/v1/cluster/tasks ",
        "{\"tasks\":[{\"id\":\"t1\",\"kind\":\"join\",\"state\":\"waiting\",\"stage\":\"copying\","
            + "\"percent\":12.5,\"rate\":1048576,\"etaSeconds\":90,\"startedBy\":\"ops\","
            + "\"waitingFor\":[\"n2\",\"n3\"],\"since\":\"2026-01-01T00:00:00Z\",\"command\":"
            + "\"remove --node n2\",\"more\":[{}]},{\"id\":\"t2\",\"state\":\"done\","
            + "\"etaSeconds\":null}],\"more\":1}");
    List<Cluster.Task> tasks = starling.cluster().tasks().join();
    assertThat(tasks)
        .first()
        .isEqualTo(
            new Cluster.Task(
                "t1",
                "join",
                "waiting",
                "copying",
                12.5,
                1 << 20,
                Duration.ofSeconds(90),
                "ops",
                List.of("n2", "n3"),
                Instant.parse("2026-01-01T00:00:00Z"),
                "remove --node n2"));
    assertThat(tasks.get(1).eta()).isEmpty();
    assertThat(tasks.get(1).since()).isEmpty();
    assertThat(tasks.get(1).state()).isEqualTo("done");
  }

  @Test
  void aNodeWithoutTasksIsNamedAsTheReason() {
    server.behave(request -> HostileServer.problem(501, "not-built", ",\"field\":\"the list\""));
    assertThatThrownBy(() -> starling.cluster().tasks().join())
        .cause()
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> {
              assertThat(e.kind()).isEqualTo("not-built");
              assertThat(e.retryable()).isFalse();
              assertThat(e.attempts().list()).hasSize(1);
            })
        .hasMessageContaining("because");
  }

  @Test
  void thePropertiesOfABucketAreRead() {
    answers(
        "/api/v1/buckets/carts ",
        "{\"n\":5,\"r\":\"quorum\",\"w\":3,\"pr\":0,\"pw\":\"one\",\"durability\":\"replicated\","
            + "\"timeoutMs\":1500,\"conflict\":\"lww\",\"ttlSeconds\":60,\"more\":{\"a\":[1]}}");
    BucketProperties properties = starling.bucket("carts").blocking().properties();
    assertThat(properties)
        .isEqualTo(
            new BucketProperties(
                5,
                Quorum.QUORUM,
                Quorum.of(3),
                Quorum.of(0),
                Quorum.ONE,
                Durability.REPLICATED,
                Duration.ofMillis(1500),
                BucketProperties.Conflict.LWW,
                Duration.ofMinutes(1)));
    assertThat(properties.ttl()).contains(Duration.ofMinutes(1));
  }

  @Test
  void whatCannotBeReadIsAProtocolFailure() {
    for (String body : List.of("", "[]", "7", "{", "{\"n\":1}", "{\"tasks\":{}}", "\"x\"")) {
      server.behave(request -> HostileServer.answer(200, "", body));
      assertThatThrownBy(() -> starling.bucket("carts").blocking().properties())
          .as(body)
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("the properties of the bucket carts cannot be read");
      assertThatThrownBy(() -> starling.cluster().tasks().join())
          .as(body)
          .cause()
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("the list of tasks cannot be read");
      assertThatThrownBy(() -> starling.cluster().members().join())
          .as(body)
          .cause()
          .isInstanceOf(ProtocolException.class);
    }
    String unknown =
        "{\"n\":3,\"r\":\"most\",\"w\":3,\"pr\":0,\"pw\":0,\"durability\":\"synced\",\"timeoutMs\":1,"
            + "\"conflict\":\"siblings\"}";
    for (String body : List.of(unknown, unknown.replace("most", "99").replace("synced", "x"))) {
      server.behave(request -> HostileServer.answer(200, "", body));
      assertThatThrownBy(() -> starling.bucket("carts").blocking().properties())
          .as(body)
          .isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void expiryAndTypeOfValuesAreShownWhereNodesSayThem() {
    Instant end = Instant.parse("2030-01-01T00:00:00Z");
    Bucket<String> texts = starling.bucket("b", Codecs.text());
    answers(
        "/api/v1/buckets/b/batch",
        "{\"results\":[{\"status\":200,\"key\":\"k\",\"value\":\"a\",\"context\":\"c\",\"etag\":"
            + "\"\\\"e\\\"\",\"expires\":\"2030-01-01T00:00:00Z\"},{\"status\":404,\"type\":"
            + "\"urn:starling:problem:not-found\"}]}");
    Reading<String> read =
        texts.getAll(List.of(Key.of("k"), Key.of("l"))).join().get(Key.of("k")).get();
    assertThat(read.expires()).contains(end);
    assertThat(read.contentType()).contains(Body.JSON);
    answers(
        "/api/v1/buckets/b/store?",
        "{\"key\":\"k\",\"value\":\"YQ==\",\"encoding\":\"base64\",\"contentType\":\"text/csv\","
            + "\"context\":\"c\",\"expires\":\"2030-01-01T00:00:00Z\"}\n{\"complete\":true}\n");
    List<Reading<String>> entries = new java.util.concurrent.CopyOnWriteArrayList<>();
    texts.entries("").forEach(entries::add).join();
    assertThat(entries).singleElement().extracting(Reading::value).isEqualTo("a");
    assertThat(entries.get(0).expires()).contains(end);
    assertThat(entries.get(0).contentType()).contains("text/csv");
    server.behave(
        request ->
            HostileServer.answer(
                300,
                "X-Starling-Context: c\r\n",
                "{\"siblings\":[{\"value\":\"a\",\"expires\":\"2030-01-01T00:00:00Z\"},"
                    + "{\"value\":\"b\"}]}"));
    Reading.Siblings<String> siblings = (Reading.Siblings<String>) texts.get("k").join();
    assertThat(siblings.versions().get(0).expires()).contains(end);
    assertThat(siblings.versions().get(1).expires()).isEmpty();
    assertThat(siblings.expires()).as("of a single value").isEmpty();
  }

  @Test
  void anUpdatedReadingHasTheTypeThatWasWritten() {
    server.behave(
        request ->
            request.startsWith("GET")
                ? HostileServer.problem(404, "not-found", "")
                : HostileServer.stored("c1"));
    Reading<String> made =
        starling.bucket("b", Codecs.text()).blocking().update("k", value -> "new");
    assertThat(made.value()).isEqualTo("new");
    assertThat(made.contentType()).contains(Body.TEXT);
    assertThat(made.context()).isEqualTo(new Context("c1"));
  }
}
