package starling.node.version;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import starling.node.version.CausalModel.Complaint;

/**
 * One key on a few replicas through a random history: reads, writes with a context, with an empty
 * one and blind ones (which ask a quorum first and write later), deletes, group fsyncs, crashes
 * back to what was fsynced, total losses; whole sets travel late, out of order, twice or not at
 * all. The model walks along and judges every set and every context as soon as it is made.
 */
final class History {
  /** How a history is drawn. */
  record Shape(int replicas, int clients, int steps, boolean crashes, boolean cutContexts) {
    static final Shape CALM = new Shape(3, 3, 80, false, false);
    static final Shape ROUGH = new Shape(3, 4, 100, true, false);
    static final Shape WIDE = new Shape(5, 6, 120, true, true);
  }

  /** A set and the events that the model says its holder was handed. */
  private record Known(Siblings set, BitSet events) {
    static final Known NOTHING = new Known(Siblings.EMPTY, new BitSet());
  }

  private static final class Replica {
    Actor actor;
    Known appended = Known.NOTHING;
    Known durable = Known.NOTHING;

    Replica(Actor actor) {
      this.actor = actor;
    }
  }

  private static final class Client {
    Past context = Past.EMPTY;
    BitSet claims = new BitSet();
    BitSet shown = new BitSet();
  }

  private record Message(int to, Known known) {}

  /** A blind write that has asked its quorum and waits to be made. */
  private record Asked(Client client, int coordinator, Past past, BitSet claims) {}

  private final Random random;
  private final Shape shape;
  private final Rules rules;
  private final CausalModel model = new CausalModel();
  private final List<Replica> replicas = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();
  private final List<Complaint> complaints = new ArrayList<>();
  private final List<Siblings> sets = new ArrayList<>();
  private boolean lossy;
  private long clock = 1000;

  History(long seed, Shape shape, Rules rules) {
    this.random = new Random(seed);
    this.shape = shape;
    this.rules = rules;
    for (int i = 0; i < shape.replicas(); i++) {
      replicas.add(new Replica(new Actor(random.nextLong(), random.nextLong())));
    }
    for (int i = 0; i < shape.clients(); i++) {
      clients.add(new Client());
    }
  }

  /** Runs it through and to the end, where all that is left comes together. */
  List<Complaint> run() {
    for (int step = 0; step < shape.steps() && complaints.isEmpty(); step++) {
      step();
    }
    if (complaints.isEmpty()) {
      heal();
    }
    return complaints;
  }

  /** All sets that replicas have held. */
  List<Siblings> sets() {
    return sets;
  }

  CausalModel model() {
    return model;
  }

  private void step() {
    int dice = random.nextInt(100);
    if (dice < 12) {
      read(any(clients));
    } else if (dice < 30) {
      Client client = any(clients);
      write(client, random.nextInt(replicas.size()), client.context, client.claims, false);
    } else if (dice < 37) {
      write(any(clients), random.nextInt(replicas.size()), Past.EMPTY, new BitSet(), false);
    } else if (dice < 45) {
      ask(any(clients));
    } else if (dice < 53 && !asked.isEmpty()) {
      Asked blind = asked.remove(random.nextInt(asked.size()));
      write(blind.client(), blind.coordinator(), blind.past(), blind.claims(), true);
    } else if (dice < 82 && !messages.isEmpty()) {
      deliver();
    } else if (dice < 95) {
      Replica replica = any(replicas);
      replica.durable = replica.appended;
    } else if (shape.crashes() && dice < 98) {
      crash(any(replicas), false);
    } else if (shape.crashes()) {
      crash(any(replicas), true);
    }
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** A read of a quorum of what is fsynced. */
  private void read(Client client) {
    Known answer = Known.NOTHING;
    for (int i : quorum(-1)) {
      answer = join(answer, replicas.get(i).durable);
    }
    client.context = answer.set().past();
    client.claims = model.seen(answer.events());
    client.shown.or(model.standing(answer.events()));
    if (shape.cutContexts() && random.nextInt(4) == 0) {
      List<Dot> standing = answer.set().versions().stream().map(Version::dot).toList();
      int most = random.nextInt(1 + client.context.vector().size() + client.context.dots().size());
      Past cut = ContextCut.mostWorth(client.context, standing, most);
      if (!client.context.covers(cut)) {
        throw new AssertionError("a context that was cut claims more: " + cut);
      }
      client.context = cut;
      client.claims = model.claimedBy(cut);
    }
    complaints.addAll(model.judge(client.context, client.shown));
  }

  private int[] quorum(int with) {
    int first = with >= 0 ? with : random.nextInt(replicas.size());
    int size = replicas.size() / 2 + 1;
    int[] chosen = new int[size];
    for (int i = 0; i < size; i++) {
      chosen[i] = (first + i) % replicas.size();
    }
    return chosen;
  }

  private void ask(Client client) {
    int coordinator = random.nextInt(replicas.size());
    Past past = Past.EMPTY;
    BitSet claims = new BitSet();
    for (int i : quorum(coordinator)) {
      Known known = replicas.get(i).appended;
      past = past.join(known.set().past());
      claims.or(model.seen(known.events()));
    }
    asked.add(new Asked(client, coordinator, past, claims));
  }

  private void write(Client client, int at, Past given, BitSet claims, boolean blind) {
    Replica replica = replicas.get(at);
    Known before = rules.startsFromAppended() ? replica.appended : replica.durable;
    Past past = rules.past(given);
    long floor = Math.max(before.set().highestCounter(), past.highestCounter());
    // Wall clocks differ, and counters have gaps.
    clock += random.nextInt(20);
    long counter = Math.max(floor + 1, clock + (random.nextInt(3) - 1) * 50L);
    Dot dot = new Dot(replica.actor, counter);
    Content content =
        random.nextInt(5) == 0 ? Content.tombstone() : Sample.json("event " + model.size());
    Siblings after = before.set().write(past, new Version(dot, content));
    int event = model.event(dot, claims);
    // The model knows what was really appended, whatever set the write started from.
    BitSet events = (BitSet) replica.appended.events().clone();
    events.set(event);
    replica.appended = checked(new Known(after, events));
    for (int to = 0; to < replicas.size(); to++) {
      if (to != at) {
        post(to, new Known(rules.sent(after, dot), events));
      }
    }
    Past base = blind ? Past.EMPTY : given;
    client.context = rules.contextAfterWrite(after, dot, base);
    client.shown.set(event);
    BitSet only = new BitSet();
    only.set(event);
    if (model.standing(events).equals(only)) {
      client.claims = model.seen(events);
      // Nothing else stands, so there is nothing that it was not shown.
      client.shown.or(client.claims);
    } else {
      client.claims = blind ? new BitSet() : (BitSet) claims.clone();
      client.claims.set(event);
    }
    complaints.addAll(model.judge(client.context, client.shown));
  }

  private void post(int to, Known known) {
    int copies = random.nextInt(10) == 0 ? 0 : random.nextInt(10) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      messages.add(new Message(to, known));
    }
  }

  private void deliver() {
    Message message = messages.remove(random.nextInt(messages.size()));
    Replica replica = replicas.get(message.to());
    Known before = rules.startsFromAppended() ? replica.appended : replica.durable;
    Siblings joined = rules.join(before.set(), rules.carried(message.known().set()));
    BitSet events = (BitSet) replica.appended.events().clone();
    events.or(message.known().events());
    replica.appended = checked(new Known(joined, events));
  }

  private void crash(Replica replica, boolean everything) {
    lossy = true;
    if (everything) {
      replica.durable = Known.NOTHING;
    }
    replica.appended = replica.durable;
    replica.actor = rules.actorAfterLoss(replica.actor, random);
  }

  private Known join(Known a, Known b) {
    BitSet events = (BitSet) a.events().clone();
    events.or(b.events());
    return checked(new Known(rules.join(a.set(), b.set()), events));
  }

  private Known checked(Known known) {
    sets.add(known.set());
    complaints.addAll(model.judge(known.set(), known.events()));
    return known;
  }

  /** Everything meets, once forwards and once backwards: the same bytes both times. */
  private void heal() {
    Known forwards = Known.NOTHING;
    Known backwards = Known.NOTHING;
    for (int i = 0; i < replicas.size(); i++) {
      forwards = join(forwards, replicas.get(i).appended);
      backwards = join(backwards, replicas.get(replicas.size() - 1 - i).appended);
    }
    if (!forwards.set().equals(backwards.set())
        || forwards.set().hash() != backwards.set().hash()) {
      throw new AssertionError("did not converge: " + forwards + " and " + backwards);
    }
    if (!lossy) {
      BitSet maximal = model.maximal();
      BitSet standing = model.standing(forwards.events());
      if (!shape.cutContexts() && !maximal.equals(standing)) {
        throw new AssertionError("by full causal pasts " + maximal + " stand, not " + standing);
      }
    }
  }
}
