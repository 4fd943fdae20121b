package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Not some histories but all, as long as they are short: every sequence of five steps of two
 * clients on two replicas, judged by the causal model after each.
 */
class ShortHistoriesTest {
  private static final int STEPS = 5;

  private record Replica(Siblings set, BitSet known, int life) {}

  private record Client(Past context, BitSet claims) {}

  private final CausalModel model = new CausalModel();
  private final Replica[] replicas = new Replica[2];
  private final Client[] clients = new Client[2];
  private final Deque<String> path = new ArrayDeque<>();
  private int states;
  private int siblings;

  @Test
  void everyShortHistoryKeepsWhatTheModelKeeps() {
    for (int i = 0; i < 2; i++) {
      replicas[i] = new Replica(Siblings.EMPTY, new BitSet(), 0);
      clients[i] = new Client(Past.EMPTY, new BitSet());
    }
    walk(STEPS);
    assertThat(states).isGreaterThan(500_000);
    assertThat(siblings).as("states with three siblings").isGreaterThan(1_000);
  }

  private void walk(int left) {
    if (left == 0) {
      return;
    }
    for (int r = 0; r < 2; r++) {
      int at = r;
      for (int c = 0; c < 2; c++) {
        int client = c;
        step(left, "client " + c + " writes at " + r, () -> write(at, clients[client], client));
        step(left, "client " + c + " reads from " + r, () -> read(at, client));
      }
      step(left, "an empty context at " + r, () -> write(at, nothing(), 1));
      step(left, "a blind write at " + r, () -> blind(at));
      step(left, "the set of " + r + " travels", () -> travel(at));
      step(left, r + " loses everything", () -> lose(at));
    }
  }

  private static Client nothing() {
    return new Client(Past.EMPTY, new BitSet());
  }

  private void step(int left, String words, Runnable step) {
    List<Replica> before = List.of(replicas[0], replicas[1]);
    List<Client> held = List.of(clients[0], clients[1]);
    int events = model.size();
    path.addLast(words);
    step.run();
    states++;
    for (Replica replica : replicas) {
      judge(model.judge(replica.set(), replica.known()));
      siblings += replica.set().versions().size() > 2 ? 1 : 0;
    }
    walk(left - 1);
    path.removeLast();
    for (int i = 0; i < 2; i++) {
      replicas[i] = before.get(i);
      clients[i] = held.get(i);
    }
    while (model.size() > events) {
      model.forgetLast();
    }
  }

  private void judge(List<CausalModel.Complaint> complaints) {
    if (!complaints.isEmpty()) {
      throw new AssertionError(complaints + " after " + new ArrayList<>(path));
    }
  }

  /** A write of this context; its client goes on with what it is told. */
  private void write(int at, Client given, int teller) {
    Replica replica = replicas[at];
    long floor = Math.max(replica.set().highestCounter(), given.context().highestCounter());
    Dot dot = new Dot(Sample.actor(1 + at + 2 * replica.life()), floor + 1);
    Siblings after = replica.set().write(given.context(), new Version(dot, Sample.json("x")));
    int event = model.event(dot, given.claims());
    BitSet known = (BitSet) replica.known().clone();
    known.set(event);
    replicas[at] = new Replica(after, known, replica.life());
    BitSet only = new BitSet();
    only.set(event);
    BitSet claims = (BitSet) given.claims().clone();
    claims.set(event);
    boolean alone = model.standing(known).equals(only);
    Past told = Past.contextAfterWrite(after, dot, given.context());
    clients[teller] = new Client(told, alone ? model.seen(known) : claims);
    assertThat(model.claimedBy(told)).as("%s", path).isEqualTo(clients[teller].claims());
  }

  private void blind(int at) {
    Past past = replicas[0].set().past().join(replicas[1].set().past());
    BitSet claims = model.seen(replicas[0].known());
    claims.or(model.seen(replicas[1].known()));
    Client before = clients[0];
    write(at, new Client(past, claims), 0);
    clients[0] = before;
  }

  private void read(int at, int client) {
    clients[client] = new Client(replicas[at].set().past(), model.seen(replicas[at].known()));
  }

  private void travel(int from) {
    Replica to = replicas[1 - from];
    BitSet known = (BitSet) to.known().clone();
    known.or(replicas[from].known());
    replicas[1 - from] = new Replica(to.set().join(replicas[from].set()), known, to.life());
  }

  private void lose(int at) {
    replicas[at] = new Replica(Siblings.EMPTY, new BitSet(), replicas[at].life() + 1);
  }
}
