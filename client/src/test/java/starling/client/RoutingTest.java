package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that are kept to their endpoints. */
class RoutingTest {
  /** No node counts as silent, however slow the machine is. */
  private static final Behavior PATIENT =
      Behavior.DEFAULT
          .deadline(Duration.ofSeconds(20))
          .attemptTimeout(Duration.ofSeconds(15))
          .hedge(Hedge.OFF);

  static List<Transport> transports() {
    return List.of(Transport.vertx(), Transport.jdk());
  }

  private static Starling client(Transport transport, String... endpoints) {
    return Starling.builder()
        .endpoints(endpoints)
        .behavior(PATIENT)
        .transport(transport)
        .routing(Routing.ENDPOINTS)
        .build();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aClientOfItsEndpointsAsksForNoRingAndNoOtherNode(Transport transport) {
    try (HostileServer other = new HostileServer(request -> HostileServer.found("other"));
        HostileServer first = new HostileServer(request -> HostileServer.found("first"));
        HostileServer second = new HostileServer(request -> HostileServer.found("second"))) {
      HostileServer.join(other, first, second);
      try (Starling starling = client(transport, first.address(), second.address())) {
        BlockingBucket<String> texts = starling.bucket("b", Codecs.text()).blocking();
        for (int i = 0; i < 20; i++) {
          assertThat(texts.get("k" + i).value()).isEqualTo("first");
        }
        assertThat(first.requests).hasSize(20).allMatch(request -> request.contains("/b/store/"));
        first.end();
        assertThat(texts.get("k").value()).isEqualTo("second");
        assertThat(other.requests).isEmpty();
      }
    }
  }

  @Test
  void aClientOfAnEndpointThatIsDownFindsItAgainByAProbe() {
    try (HostileServer server = new HostileServer(request -> HostileServer.CLOSE);
        Starling starling = client(Transport.vertx(), server.address())) {
      BlockingBucket<String> texts = starling.bucket("b", Codecs.text()).blocking();
      server.ready(false);
      assertThatThrownBy(
              () ->
                  starling
                      .with(Behavior.DEFAULT.deadline(Duration.ofMillis(300)))
                      .bucket("b", Codecs.text())
                      .blocking()
                      .get("k"))
          .as("the only endpoint is down, and is waited for")
          .isInstanceOf(StarlingException.class);
      server.behave(request -> HostileServer.found("back"));
      server.ready(true);
      assertThat(texts.get("k").value()).isEqualTo("back");
    }
  }
}
