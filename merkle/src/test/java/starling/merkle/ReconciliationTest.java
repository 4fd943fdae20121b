package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Any two sets are reconciled exactly. */
class ReconciliationTest {
  static final boolean LONG = Boolean.getBoolean("starling.merkle.long");

  /** Two replicas with mostly the same elements, and rows of any depths. */
  static void fill(
      Replica a, Replica b, int common, int onlyA, int onlyB, SplittableRandom random) {
    for (int i = 0; i < common; i++) {
      Element each = a.draw(random);
      a.add(each);
      b.add(each);
      if (random.nextInt(20) == 0) {
        a.maintain();
      }
    }
    for (int i = 0; i < onlyA; i++) {
      a.add(a.draw(random));
    }
    for (int i = 0; i < onlyB; i++) {
      b.add(i % 2 == 0 && common > 0 ? changed(b.any(random), random) : b.draw(random));
    }
  }

  private static Element changed(Element element, SplittableRandom random) {
    return new Element(element.position(), random.nextLong());
  }

  @Test
  void anyTwoSets() {
    int pairs = LONG ? 5_000 : 250;
    for (int seed = 1; seed <= pairs; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int prefixBits = random.nextInt(6);
      int partitions = 1 + random.nextInt(1 << prefixBits);
      Replica a = new Replica(prefixBits, partitions);
      Replica b = new Replica(prefixBits, partitions);
      int common = size(random, 3_000);
      fill(a, b, common, size(random, 300), size(random, 300), random);
      // Rows that were never split, that are as deep as they should be, or deeper.
      if (random.nextInt(3) > 0) {
        a.maintain();
      }
      if (random.nextInt(3) > 0) {
        b.maintain();
      }
      Reconciled.assertExact(a, b, random.nextLong());
      Reconciled.assertExact(b, a, random.nextLong());
    }
  }

  private static int size(SplittableRandom random, int most) {
    return random.nextInt(3) == 0 ? 0 : random.nextInt(1 << random.nextInt(1, 12)) % most;
  }

  /** Every pair of depths from 0 to 9 of the same partitions, and of mixed ones. */
  @Test
  void rowsOfUnequalDepth() {
    for (int depthA = 0; depthA <= 9; depthA++) {
      for (int depthB = 0; depthB <= 9; depthB++) {
        SplittableRandom random = new SplittableRandom(depthA * 10 + depthB);
        Replica a = new Replica(2, 3);
        Replica b = new Replica(2, 3);
        deepen(a, depthA, random);
        deepen(b, depthB, random);
        fill(a, b, 1_500, 3, 4, random);
        Reconciled.assertExact(a, b, random.nextLong());
        Reconciled.assertExact(b, a, random.nextLong());
      }
    }
  }

  /** Gives the rows leaves as if they had had so many elements; with few, they stay so. */
  private static void deepen(Replica replica, int depth, SplittableRandom random) {
    for (int i = 0; i < replica.rows.size(); i++) {
      int each = Math.max(0, depth - i * random.nextInt(4));
      int leaves = 1 << each;
      replica.rows.get(i).end(new long[leaves], new int[leaves], each, false);
    }
  }

  @Test
  void manyPartitions() {
    for (int bits = 5; bits <= 12; bits++) {
      SplittableRandom random = new SplittableRandom(bits);
      int partitions = (1 << bits) - random.nextInt(1 << (bits - 1));
      Replica a = new Replica(bits, partitions);
      Replica b = new Replica(bits, partitions);
      fill(a, b, 20_000, 30, 40, random);
      a.maintain();
      b.maintain();
      Reconciled.assertExact(a, b, bits);
    }
  }

  @Test
  void partitionsOfVeryDifferentSizes() {
    for (int seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int bits = 1 + seed % 7;
      Replica a = new Replica(bits, 1 << bits);
      Replica b = new Replica(bits, 1 << bits);
      fill(a, b, 500, 10, 10, random);
      for (int i = 0; i < 8_000; i++) {
        // Half of them in one partition, a quarter in the next one, and so on.
        long partition = Long.numberOfTrailingZeros(random.nextLong()) % (1 << bits);
        long position = partition << (64 - bits) | random.nextLong() >>> bits;
        Element each = new Element(position, i);
        a.add(each);
        if (random.nextInt(200) > 0) {
          b.add(each);
        }
      }
      a.maintain();
      if (seed % 2 == 0) {
        b.maintain();
      }
      Reconciled.assertExact(a, b, seed);
      Reconciled.assertExact(b, a, seed);
    }
  }

  /** Keys that were chosen to share a leaf, at different positions. */
  @Test
  void manyKeysOfOneLeaf() {
    SplittableRandom random = new SplittableRandom(5);
    Replica a = new Replica(2, 4);
    fill(a, new Replica(2, 4), 4_000, 0, 0, random);
    for (int i = 0; i < 20_000; i++) {
      a.add(new Element(0x5555_5555L << 32 | (random.nextInt() & 0xffffffffL), i));
    }
    a.maintain();
    Replica b = a.copy();
    b.maintain();
    b.replace(b.elements.ceilingKey(new Element(0x5555_5555L << 32, 0)), 9);
    Link.Result result = Reconciled.assertExact(a, b, 1);
    assertThat(result.bytes).isLessThan(2_500);
    assertThat(result.roundTrips).isLessThanOrEqualTo(5);
  }

  @Test
  void oneSideIsEmpty() {
    SplittableRandom random = new SplittableRandom(1);
    Replica full = new Replica(4, 16);
    Replica empty = new Replica(4, 16);
    Reconciled.assertExact(empty, new Replica(4, 16), 1);
    fill(full, empty, 0, 60_000, 0, random);
    full.maintain();
    Reconciled.assertExact(full, empty, 2);
    Reconciled.assertExact(empty, full, 3);
    Replica deep = new Replica(4, 16);
    deepen(deep, 9, random);
    Reconciled.assertExact(full, deep, 4);
    Reconciled.assertExact(deep, full, 5);
  }

  /** 100,000 keys of one position: the leaf is divided by digest. */
  @Test
  void oneHundredThousandKeysOfOnePosition() {
    SplittableRandom random = new SplittableRandom(2);
    Replica a = new Replica(3, 8);
    fill(a, new Replica(3, 8), 16_000, 0, 0, random);
    for (int i = 0; i < 100_000; i++) {
      a.add(new Element(0x1234567812345678L, random.nextLong()));
    }
    a.maintain();
    Replica b = a.copy();
    b.maintain();
    Reconciled.assertExact(a, b, 3);
    b.replace(b.elements.ceilingKey(new Element(0x1234567812345678L, 0)), 77);
    Link.Result one = Reconciled.assertExact(a, b, 4);
    assertThat(one.bytes).isLessThan(2_500);
    for (int i = 0; i < 1_000; i++) {
      b.add(new Element(0x1234567812345678L, random.nextLong()));
    }
    Link.Result many = Reconciled.assertExact(a, b, 5);
    assertThat(many.bytes / many.differences()).isLessThan(250);
    // The others cost what they cost without it.
    b = a.copy();
    b.maintain();
    b.remove(b.elements.firstKey());
    a.reads = 0;
    assertThat(Reconciled.assertExact(a, b, 6).bytes).isLessThan(1_000);
    assertThat(a.reads).isEqualTo(1);
    // One side has few of them, or none.
    Replica few = new Replica(3, 8);
    a.elements.keySet().stream()
        .filter(each -> each.position() != 0x1234567812345678L || random.nextInt(1_000) == 0)
        .forEach(few::add);
    few.maintain();
    Reconciled.assertExact(few, a, 7);
    Reconciled.assertExact(a, few, 8);
  }

  /** Two keys may have the same position and the same version hash. */
  @Test
  void equalElementsOfDifferentKeysAreCounted() {
    SplittableRandom random = new SplittableRandom(3);
    Replica a = new Replica(1, 2);
    fill(a, new Replica(1, 2), 500, 0, 0, random);
    a.maintain();
    Replica b = a.copy();
    b.maintain();
    Element twice = a.elements.firstKey();
    b.add(twice);
    assertFound(twice, new Link(b, a).exchange(1));
    for (int i = 0; i < 300; i++) {
      b.add(twice);
    }
    assertFound(twice, new Link(a, b).exchange(2));
    // More than a message lists: the difference stays unresolved, and is not called equal.
    for (int i = 0; i < 5_000; i++) {
      b.add(twice);
    }
    Link.Result more = new Link(a, b).exchange(3);
    assertThat(more.state).isEqualTo(Exchange.State.DIFFERENT);
    assertThat(more.unresolved).isPositive();
  }

  /** Ids do not tell which side has more of them: both send theirs. */
  private static void assertFound(Element element, Link.Result result) {
    assertThat(result.state).isEqualTo(Exchange.State.DIFFERENT);
    assertThat(Link.set(result.initiatorSends)).containsExactly(element);
    assertThat(Link.set(result.responderSends)).containsExactly(element);
  }

  /** The initiator has few requests under way, and the source loads leaves when asked. */
  @Test
  void elementsThatMustBeLoadedFirst() throws MerkleFormatException {
    SplittableRandom random = new SplittableRandom(4);
    Replica a = new Replica(2, 4);
    Replica b = new Replica(2, 4);
    fill(a, b, 20_000, 400, 300, random);
    a.maintain();
    b.maintain();
    Loading atA = new Loading(a);
    Loading atB = new Loading(b);
    Exchange exchange = new Exchange(a.shared(), 5, 2);
    Responder responder = new Responder(b.shared());
    ElementList found = new ElementList();
    long sent = 0;
    while (exchange.state() == Exchange.State.RUNNING) {
      for (byte[] request : exchange.next(atA)) {
        Responder.Answer answer = responder.answer(request, atB);
        while (answer == null) {
          assertThat(atB.load()).isPositive();
          answer = responder.answer(request, atB);
        }
        sent += answer.peerLacks().size();
        exchange.onAnswer(answer.bytes());
      }
      exchange.takePeerLacks().forEach(found);
      atA.load();
    }
    assertThat(exchange.state()).isEqualTo(Exchange.State.DIFFERENT);
    assertThat(Link.set(found.toList())).isEqualTo(Link.set(a.without(b)));
    assertThat(sent).isEqualTo(b.without(a).size()).isEqualTo(exchange.expected());
  }
}
