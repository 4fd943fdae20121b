package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever becomes of the messages, an exchange ends with the exact result or restarts. */
class FaultyLinkTest {
  private final Replica a = new Replica(3, 8);
  private final Replica b = new Replica(3, 8);

  private void differ(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ReconciliationTest.fill(a, b, 8_000, 60, 50, random);
    a.maintain();
    b.maintain();
  }

  @Test
  void anyMessageMayBeLostDamagedRepeatedAndReordered() {
    differ(1);
    for (int seed = 1; seed <= 60; seed++) {
      Link link = new Link(a, b);
      link.lost = seed % 4 == 0 ? 0.5 : 0;
      link.damaged = seed % 4 == 1 ? 0.5 : 0.05;
      link.repeated = 0.3;
      link.reordered = seed % 2 == 0;
      link.maxUnanswered = 1 + seed % 5;
      Reconciled.assertExact(a, b, link, seed);
    }
  }

  /** Each single message of an exchange is lost once, or damaged once. */
  @Test
  void eachMessageOnce() throws MerkleFormatException {
    differ(2);
    for (int faulty = 0; faulty < 8; faulty++) {
      for (boolean damaged : new boolean[] {false, true}) {
        Exchange exchange = new Exchange(a.shared(), 11, 4);
        Responder responder = new Responder(b.shared());
        ElementList found = new ElementList();
        int carried = 0;
        List<byte[]> requests = exchange.next(a);
        while (exchange.state() == Exchange.State.RUNNING) {
          for (byte[] request : requests) {
            if (carried++ == faulty) {
              continue;
            }
            byte[] answer = responder.answer(request, b).bytes();
            if (carried++ == faulty) {
              answer[answer.length / 2] ^= 1;
              if (!damaged) {
                continue;
              }
            }
            assertThat(exchange.onAnswer(answer))
                .isEqualTo(
                    carried - 1 == faulty ? Exchange.Receipt.MALFORMED : Exchange.Receipt.APPLIED);
          }
          requests = exchange.next(a);
          if (requests.isEmpty()) {
            requests = exchange.unanswered();
          }
          exchange.takePeerLacks().forEach(found);
        }
        assertThat(exchange.state()).isEqualTo(Exchange.State.DIFFERENT);
        assertThat(Link.set(found.toList())).isEqualTo(Link.set(a.without(b)));
      }
    }
  }

  @Test
  void anAnswerThatComesAgainIsNotUsedAgain() throws MerkleFormatException {
    differ(3);
    Exchange exchange = new Exchange(a.shared(), 12, 64);
    Responder responder = new Responder(b.shared());
    byte[] first = responder.answer(exchange.next(a).get(0), b).bytes();
    assertThat(exchange.onAnswer(first)).isEqualTo(Exchange.Receipt.APPLIED);
    assertThat(exchange.onAnswer(first)).isEqualTo(Exchange.Receipt.UNEXPECTED);
    Exchange other = new Exchange(a.shared(), 13, 64);
    other.next(a);
    assertThat(other.onAnswer(first)).isEqualTo(Exchange.Receipt.UNEXPECTED);
  }

  /** Elements change between the messages: what did not change is exact. */
  @Test
  void elementsThatChangeMeanwhile() throws MerkleFormatException {
    for (int seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Replica left = new Replica(3, 8);
      Replica right = new Replica(3, 8);
      ReconciliationTest.fill(left, right, 4_000, 30, 30, random);
      left.maintain();
      right.maintain();
      List<Element> before = left.without(right);
      Exchange exchange = new Exchange(left.shared(), seed, 1);
      Responder responder = new Responder(right.shared());
      ElementList found = new ElementList();
      while (exchange.state() == Exchange.State.RUNNING) {
        for (byte[] request : exchange.next(left)) {
          Element added = left.draw(random);
          left.add(added);
          right.add(added);
          right.remove(added);
          right.add(right.draw(random));
          exchange.onAnswer(responder.answer(request, right).bytes());
        }
        exchange.takePeerLacks().forEach(found);
      }
      assertThat(exchange.state()).isEqualTo(Exchange.State.DIFFERENT);
      assertThat(Link.set(found.toList())).containsAll(before);
      assertThat(Link.set(left.without(right))).containsAll(found.toList());
    }
  }

  /** The responder's row joins all of its leaves after the initiator has begun to divide them. */
  @Test
  void theRespondersRowIsTooShallowForARequest() throws MerkleFormatException {
    Replica left = new Replica(0, 1);
    Replica right = new Replica(0, 1);
    ReconciliationTest.fill(left, right, 6_000, 20, 20, new SplittableRandom(6));
    left.maintain();
    right.maintain();
    Exchange exchange = new Exchange(left.shared(), 1, 64);
    Responder responder = new Responder(right.shared());
    exchange.onAnswer(responder.answer(exchange.next(left).get(0), right).bytes());
    byte[] request = exchange.next(left).get(0);
    while (right.rows.get(0).depth() > 0) {
      right.remove(right.elements.firstKey());
    }
    exchange.onAnswer(responder.answer(request, right).bytes());
    assertThat(exchange.state()).isEqualTo(Exchange.State.RESTART);
    assertThat(exchange.restartReason()).isEqualTo(RestartReason.ROWS);
    Reconciled.assertExact(left, right, 2);
  }

  @Test
  void theResponderKnowsWhetherAllWasEqual() throws MerkleFormatException {
    differ(4);
    byte[] root = new Exchange(a.shared(), 1, 1).next(a).get(0);
    assertThat(new Responder(b.shared()).answer(root, b).equal()).isFalse();
    assertThat(new Responder(a.shared()).answer(root, a).equal()).isTrue();
  }

  /** A row that joins its leaves during an exchange ends it; the next one is exact. */
  @Test
  void rowsThatJoinMeanwhile() throws MerkleFormatException {
    SplittableRandom random = new SplittableRandom(5);
    int restarts = 0;
    for (int round = 0; round < 12; round++) {
      Replica left = new Replica(0, 1);
      Replica right = new Replica(0, 1);
      ReconciliationTest.fill(left, right, 6_000, 20, 20, random);
      left.maintain();
      right.maintain();
      Replica shrinks = round % 2 == 0 ? left : right;
      Exchange exchange = new Exchange(left.shared(), round, 64);
      Responder responder = new Responder(right.shared());
      for (int step = 0; exchange.state() == Exchange.State.RUNNING; step++) {
        List<byte[]> requests = exchange.next(left);
        if (step == round / 2) {
          while (shrinks.elements.size() > 100) {
            shrinks.remove(shrinks.any(random));
          }
        }
        for (byte[] request : requests) {
          exchange.onAnswer(responder.answer(request, right).bytes());
        }
      }
      if (exchange.state() == Exchange.State.RESTART) {
        assertThat(exchange.restartReason()).isEqualTo(RestartReason.ROWS);
        restarts++;
      }
      Reconciled.assertExact(left, right, 100 + round);
    }
    assertThat(restarts).isPositive();
  }
}
