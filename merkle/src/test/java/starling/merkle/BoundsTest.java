package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What an exchange does at its bounds. */
class BoundsTest {
  /** Millions of leaves that all differ: the nodes that wait to be asked about stay few. */
  @Test
  void millionsOfLeavesThatDiffer() throws MerkleFormatException {
    assumeThat(ReconciliationTest.LONG).as("-Dstarling.merkle.long=true").isTrue();
    int depth = 22;
    Replica many = new Replica(0, 1);
    many.rows.get(0).end(new long[1 << depth], new int[1 << depth], depth, false);
    Replica others = new Replica(0, 1);
    long[] sums = new SplittableRandom(5).longs(1 << depth).toArray();
    others.rows.get(0).end(sums, new int[1 << depth], depth, false);
    Exchange exchange = new Exchange(many.shared(), 1, 64, atMostNodes(Exchange.MAX_NODES / 2));
    Responder responder = new Responder(others.shared());
    while (exchange.state() == Exchange.State.RUNNING) {
      List<byte[]> answers = new ArrayList<>();
      for (byte[] request : exchange.next(many)) {
        answers.add(responder.answer(request, others).bytes());
      }
      answers.forEach(exchange::onAnswer);
    }
    assertThat(exchange.state()).isEqualTo(Exchange.State.DIFFERENT);
    assertThat(exchange.unresolved()).isEqualTo(1 << depth);
  }

  private static Link differentPair(ExchangeRules rules) {
    Replica a = new Replica(2, 4);
    Replica b = new Replica(2, 4);
    ReconciliationTest.fill(a, b, 4_000, 20, 20, new SplittableRandom(1));
    a.maintain();
    b.maintain();
    return new Link(a, b, rules);
  }

  private static ExchangeRules atMostNodes(int most) {
    return new ExchangeRules() {
      @Override
      int maxNodes() {
        return most;
      }
    };
  }

  @Test
  void moreNodesThanAnExchangeTakes() {
    Link.Result result = differentPair(atMostNodes(10)).exchange(1);
    assertThat(result.state).isEqualTo(Exchange.State.RESTART);
    assertThat(result.reason).isEqualTo(RestartReason.TOO_MANY);
  }

  @Test
  void moreRequestsThanAnExchangeMakes() {
    ExchangeRules one =
        new ExchangeRules() {
          @Override
          int maxRequests() {
            return 1;
          }
        };
    Link.Result result = differentPair(one).exchange(1);
    assertThat(result.reason).isEqualTo(RestartReason.TOO_MANY);
    assertThat(result.messages).isEqualTo(2);
  }

  /** A leaf of more elements than are read stays unresolved, on either side. */
  @Test
  void aLeafOfAMillionElements() throws MerkleFormatException {
    ElementSource full =
        (row, first, last, sink) -> {
          for (int i = 0; i <= LeafElements.MAX_ELEMENTS; i++) {
            sink.accept(first, i);
          }
          return true;
        };
    for (boolean fullInitiator : new boolean[] {true, false}) {
      Replica left = new Replica(0, 1);
      Replica right = new Replica(0, 1);
      left.rows.get(0).falsify(0, 5, 5);
      Exchange exchange = new Exchange(left.shared(), 3, 64);
      Responder responder = new Responder(right.shared());
      while (exchange.state() == Exchange.State.RUNNING) {
        for (byte[] request : exchange.next(fullInitiator ? full : left)) {
          Responder.Answer answer = responder.answer(request, fullInitiator ? right : full);
          assertThat(answer.peerLacks().size()).isZero();
          exchange.onAnswer(answer.bytes());
        }
      }
      assertThat(exchange.state()).isEqualTo(Exchange.State.DIFFERENT);
      assertThat(exchange.unresolved()).isEqualTo(1);
      assertThat(exchange.takePeerLacks().size()).isZero();
    }
  }
}
