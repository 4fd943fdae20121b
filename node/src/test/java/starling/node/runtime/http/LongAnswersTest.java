package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import starling.node.config.HttpConfig;

/** An answer that is longer than the node may hold is refused before it is made. */
class LongAnswersTest {
  private static final int VALUE_BYTES = 64 << 10;
  private static final int MAX_BYTES = 256 << 10;
  private static final String KEY = "/api/v1/store/k";

  private ApiServer server;

  @BeforeEach
  void start() {
    HttpConfig d = HttpConfig.DEFAULT;
    server =
        new ApiServer(
            new HttpConfig(
                d.host(),
                0,
                null,
                VALUE_BYTES,
                d.idleTimeout(),
                d.requestReadTimeout(),
                d.maxConnections(),
                d.maxRequests(),
                MAX_BYTES,
                List.of()));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void writeSides(int sides) {
    for (int i = 0; i < sides; i++) {
      byte[] value = new byte[VALUE_BYTES];
      value[0] = (byte) i;
      ApiServer.Reply put =
          server.send(
              "PUT",
              KEY,
              value,
              "Content-Type",
              "application/octet-stream",
              "X-Starling-Context",
              "");
      assertThat(put.status()).isEqualTo(201);
    }
  }

  private static void tellsTheBound(ApiServer.Reply reply) {
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.field("type")).isEqualTo("urn:starling:problem:overloaded");
    assertThat(reply.field("detail"))
        .contains("at most " + MAX_BYTES + " bytes")
        .contains("http.maxBufferedBytes")
        .contains("HEAD");
  }

  @Test
  void siblingsThatAreTooLongAreRefusedAndResolvedByTheContextOfHead() {
    writeSides(2);
    assertThat(server.get(KEY).status()).isEqualTo(300);
    writeSides(5);
    tellsTheBound(server.get(KEY));
    tellsTheBound(server.get(KEY + "?siblings=list"));
    ApiServer.Reply head = server.send("HEAD", KEY, (byte[]) null);
    assertThat(head.status()).isEqualTo(300);
    assertThat(head.header("Content-Length")).isNull();
    String context = head.header("X-Starling-Context");
    assertThat(context).isNotBlank();
    ApiServer.Reply put =
        server.send(
            "PUT",
            KEY,
            new byte[VALUE_BYTES],
            "Content-Type",
            "application/octet-stream",
            "X-Starling-Context",
            context);
    assertThat(put.status()).isEqualTo(201);
    assertThat(server.get(KEY).status()).isEqualTo(200);
  }

  @Test
  void whatAllReplicasHoldIsRefusedWithTheBound() {
    writeSides(2);
    assertThat(server.get("/api/v1/replicas?key=k").status()).isEqualTo(200);
    writeSides(5);
    tellsTheBound(server.get("/api/v1/replicas?key=k"));
    assertThat(server.send("HEAD", "/api/v1/replicas?key=k", (byte[]) null).status())
        .isEqualTo(200);
  }
}
