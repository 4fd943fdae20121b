package starling.merkle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Carries the messages of exchanges between two replicas, and loses and damages some of them. */
final class Link {
  /** What an exchange found, and what it cost. */
  static final class Result {
    Exchange.State state = Exchange.State.RUNNING;
    RestartReason reason;
    final List<Element> initiatorSends = new ArrayList<>();
    final List<Element> responderSends = new ArrayList<>();
    long expected;
    long unresolved;
    long bytes;
    int longestMessage;
    int roundTrips;
    int messages;
    long leavesListed;

    long differences() {
      return (long) initiatorSends.size() + responderSends.size();
    }
  }

  private final Replica initiator;
  private final Replica responder;
  private final ExchangeRules rules;
  private SplittableRandom random = new SplittableRandom(0);
  double lost;
  double damaged;
  double repeated;
  boolean reordered;
  int maxUnanswered = Exchange.MAX_UNANSWERED;

  Link(Replica initiator, Replica responder) {
    this(initiator, responder, ExchangeRules.SOUND);
  }

  Link(Replica initiator, Replica responder, ExchangeRules rules) {
    this.initiator = initiator;
    this.responder = responder;
    this.rules = rules;
  }

  /** One exchange, with faults that depend on the salt. It is given up after 1,000 timeouts. */
  Result exchange(long salt) {
    random = new SplittableRandom(salt);
    Result result = new Result();
    Exchange exchange = new Exchange(initiator.shared(), salt, maxUnanswered, rules);
    Responder other = new Responder(responder.shared(), rules);
    List<byte[]> late = new ArrayList<>();
    List<byte[]> requests = exchange.next(initiator);
    for (int tries = 0; exchange.state() == Exchange.State.RUNNING && tries < 1_000; tries++) {
      List<byte[]> answers = new ArrayList<>();
      for (byte[] each : carried(requests, result)) {
        try {
          Responder.Answer answer = other.answer(each, responder);
          answers.add(answer.bytes());
          answer.peerLacks().forEach((p, h) -> result.responderSends.add(new Element(p, h)));
        } catch (MerkleFormatException dropped) {
          // As if it had been lost.
        }
      }
      answers.addAll(late);
      late.clear();
      List<byte[]> next = new ArrayList<>();
      for (byte[] each : carried(answers, result)) {
        if (reordered && random.nextInt(4) == 0) {
          late.add(each);
          continue;
        }
        exchange.onAnswer(each);
        next.addAll(exchange.next(initiator));
      }
      exchange.takePeerLacks().forEach((p, h) -> result.initiatorSends.add(new Element(p, h)));
      requests = next.isEmpty() ? exchange.unanswered() : next;
      result.roundTrips++;
    }
    result.state = exchange.state();
    result.reason = exchange.restartReason();
    result.expected = exchange.expected();
    result.unresolved = exchange.unresolved();
    result.leavesListed = exchange.leavesListed();
    return result;
  }

  private List<byte[]> carried(List<byte[]> messages, Result result) {
    List<byte[]> carried = new ArrayList<>();
    for (byte[] each : messages) {
      result.bytes += each.length;
      result.messages++;
      result.longestMessage = Math.max(result.longestMessage, each.length);
      if (random.nextDouble() < lost) {
        continue;
      }
      carried.add(random.nextDouble() < damaged ? damage(each) : each);
      if (random.nextDouble() < repeated) {
        carried.add(each);
      }
    }
    if (reordered) {
      for (int i = carried.size(); i > 1; i--) {
        Collections.swap(carried, i - 1, random.nextInt(i));
      }
    }
    return carried;
  }

  private byte[] damage(byte[] message) {
    int length = random.nextBoolean() ? message.length : random.nextInt(message.length);
    byte[] damaged = java.util.Arrays.copyOf(message, length);
    if (length > 0) {
      damaged[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
    }
    return damaged;
  }

  static Set<Element> set(List<Element> elements) {
    Set<Element> set =
        new TreeSet<>(
            java.util.Comparator.comparingLong(Element::position)
                .thenComparingLong(Element::versionHash));
    set.addAll(elements);
    return set;
  }
}
