package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The bytes of version 1. Another version gets another file; this one stays. */
class GoldenMessagesTest {
  private static Replica replica() {
    Replica replica = new Replica(1, 2);
    for (long i = 1; i <= 200; i++) {
      replica.add(new Element(i * 0x9e3779b97f4a7c15L, i));
    }
    // One leaf that is divided by digest.
    for (long i = 1; i <= 140; i++) {
      replica.add(new Element(5, 1_000 + i));
    }
    replica.maintain();
    return replica;
  }

  private static void exchange(Replica a, Replica b, List<String> lines)
      throws MerkleFormatException {
    Exchange exchange = new Exchange(a.shared(), 0x1122334455667788L, 64);
    Responder responder = new Responder(b.shared());
    List<byte[]> requests = exchange.next(a);
    while (!requests.isEmpty()) {
      for (byte[] each : requests) {
        byte[] answer = responder.answer(each, b).bytes();
        lines.add("> " + HexFormat.of().formatHex(each));
        lines.add("< " + HexFormat.of().formatHex(answer));
        exchange.onAnswer(answer);
      }
      requests = exchange.next(a);
    }
    lines.add(exchange.state() + " " + exchange.restartReason());
  }

  @Test
  void theMessagesOfThreeExchanges() throws IOException, MerkleFormatException {
    List<String> lines = new ArrayList<>();
    Replica a = replica();
    exchange(a, a, lines);
    Replica b = replica();
    b.replace(b.elements.firstKey(), 7);
    b.remove(b.elements.lastKey());
    exchange(a, b, lines);
    Replica other = new Replica(2, 3);
    exchange(a, other, lines);
    try (InputStream in = getClass().getResourceAsStream("messages-1.txt")) {
      String golden = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(lines).containsExactlyElementsOf(golden.lines().toList());
    }
  }
}
