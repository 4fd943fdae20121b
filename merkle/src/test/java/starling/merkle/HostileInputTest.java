package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input is dropped or ends the exchange, and reports no difference. */
class HostileInputTest {
  private static final long SALT = 21;

  private final Replica a = new Replica(2, 4);
  private final Replica b = new Replica(2, 4);

  @BeforeEach
  void twoReplicas() {
    ReconciliationTest.fill(a, b, 4_000, 20, 20, new SplittableRandom(1));
    a.maintain();
    b.maintain();
  }

  private byte[] request(int kind, Consumer<MessageWriter> body) {
    MessageWriter out = Messages.request(kind, b.shared(), SALT, 1);
    body.accept(out);
    return out.sealed(Replica.KEY);
  }

  /** A run of one node, and the end. */
  private static void run(
      MessageWriter out, int width, int depth, int leafDepth, int digestBits, long prefix) {
    for (int each : new int[] {width, depth, leafDepth, digestBits}) {
      out.u8(each);
    }
    out.varint(1);
    out.varint(prefix);
  }

  private void assertDropped(byte[] request) {
    long reads = b.reads;
    assertThatThrownBy(() -> new Responder(b.shared()).answer(request, b))
        .isInstanceOf(MerkleFormatException.class);
    assertThat(b.reads).isEqualTo(reads);
  }

  private void assertRestart(RestartReason reason, byte[] request, SharedRows rows)
      throws MerkleFormatException {
    Exchange exchange = new Exchange(a.shared(), SALT, 64);
    exchange.next(a);
    exchange.onAnswer(new Responder(rows).answer(request, b).bytes());
    assertThat(exchange.state()).isEqualTo(Exchange.State.RESTART);
    assertThat(exchange.restartReason()).isEqualTo(reason);
    assertThat(exchange.next(a)).isEmpty();
    assertThat(exchange.takePeerLacks().size()).isZero();
  }

  private byte[] first() {
    return new Exchange(a.shared(), SALT, 64).next(a).get(0);
  }

  @Test
  void truncatedAndChangedMessages() {
    byte[] first = first();
    for (int length = 0; length < first.length; length++) {
      assertDropped(Arrays.copyOf(first, length));
    }
    for (int bit = 0; bit < 8 * first.length; bit++) {
      byte[] changed = first.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertDropped(changed);
    }
    assertDropped(Arrays.copyOf(first, first.length + 1));
    assertDropped(new byte[Messages.MAX_BYTES + 1]);
  }

  @Test
  void anotherClusterHasAnotherKey() throws MerkleFormatException {
    SharedRows strangers =
        new SharedRows(new TreeKey(1, 2), 7, List.of(LeafRow.empty(new TreeKey(1, 2), 0, 0)));
    assertDropped(new Exchange(strangers, SALT, 1).next(a).get(0));
    Exchange exchange = new Exchange(a.shared(), SALT, 64);
    byte[] request = exchange.next(a).get(0);
    byte[] answer = new Responder(b.shared()).answer(request, b).bytes();
    answer[12] ^= 4;
    assertThat(exchange.onAnswer(answer)).isEqualTo(Exchange.Receipt.MALFORMED);
    assertThat(exchange.state()).isEqualTo(Exchange.State.RUNNING);
  }

  @Test
  void anotherScopeOtherPartitionsAnotherVersion() throws MerkleFormatException {
    assertRestart(RestartReason.SCOPE, first(), new SharedRows(Replica.KEY, 8, b.rows));
    SharedRows fewer = new SharedRows(Replica.KEY, 7, b.rows.subList(0, 3));
    assertRestart(RestartReason.SCOPE, first(), fewer);
    LeafRow unbuilt = LeafRow.unbuilt(Replica.KEY, 2, 0);
    SharedRows rows = new SharedRows(Replica.KEY, 7, List.of(unbuilt));
    assertRestart(RestartReason.NOT_BUILT, first(), rows);
    assertThatThrownBy(() -> new Exchange(rows, 1, 1)).hasMessageContaining("scan it first");
    MessageWriter newer = new MessageWriter();
    newer.u8(2);
    newer.u8(1);
    newer.u64(SALT);
    newer.u64(7);
    newer.varint(0);
    newer.u64(77);
    assertRestart(RestartReason.VERSION, newer.sealed(Replica.KEY), b.shared());
  }

  @Test
  void anAnswerOfAnotherVersion() {
    Exchange exchange = new Exchange(a.shared(), SALT, 64);
    exchange.next(a);
    MessageWriter newer = new MessageWriter();
    newer.u8(2);
    newer.u8(77);
    newer.u64(SALT);
    newer.varint(0);
    assertThat(exchange.onAnswer(newer.sealed(Replica.KEY))).isEqualTo(Exchange.Receipt.APPLIED);
    assertThat(exchange.restartReason()).isEqualTo(RestartReason.VERSION);
  }

  @Test
  void nodesThatCannotBe() {
    int depth = b.rows.get(0).depth();
    for (int[] each :
        new int[][] {
          {1, 60, 60, 0},
          {1, 60, 22, 0},
          {1, 10, 8, 25},
          {8, 2, 8, 0},
          {1, 2 + depth, depth, 0},
          {1, 3, depth, 4},
          {255, 0, 0, 0},
          {RunWriter.IDS, 3, depth, 0}
        }) {
      assertDropped(
          request(
              Messages.WALK,
              out -> {
                run(out, each[0], each[1], each[2], each[3], 0);
                out.u64(0);
                out.u8(RunWriter.END);
              }));
    }
    // A prefix of more bits than the node has, and one of 63 bits.
    for (long prefix : new long[] {16, Long.MAX_VALUE}) {
      assertDropped(
          request(
              Messages.WALK,
              out -> {
                run(out, 1, 4, depth, 0, prefix);
                out.u64(0);
                out.u8(RunWriter.END);
              }));
    }
  }

  @Test
  void claimsOfMoreThanAMessageHolds() {
    int leaf = 2 + b.rows.get(0).depth();
    for (long ids : new long[] {4_097, 1_000_000, Long.MAX_VALUE}) {
      assertDropped(
          request(
              Messages.WALK,
              out -> {
                run(out, RunWriter.IDS, leaf, leaf - 2, 0, 1);
                out.varint(ids);
                out.u8(RunWriter.END);
              }));
    }
    assertDropped(
        request(
            Messages.WALK,
            out -> {
              for (int each : new int[] {1, 3, leaf - 2, 0}) {
                out.u8(each);
              }
              out.varint(500_000);
              out.varint(0);
            }));
  }

  @Test
  void nodesThatRepeatOverlapOrComeOutOfOrder() {
    for (long[] each : new long[][] {{3, 2, 3, 2}, {3, 2, 3, 1}, {3, 2, 4, 5}, {4, 4, 3, 2}}) {
      assertDropped(
          request(
              Messages.WALK,
              out -> {
                for (int i = 0; i < 4; i += 2) {
                  run(out, 1, (int) each[i], 5, 0, each[i + 1]);
                  out.u64(0);
                }
                out.u8(RunWriter.END);
              }));
    }
    // Two depths of leaves in one row.
    assertDropped(
        request(
            Messages.WALK,
            out -> {
              run(out, 1, 4, 5, 0, 0);
              out.u64(0);
              run(out, 1, 4, 6, 0, 1);
              out.u64(0);
              out.u8(RunWriter.END);
            }));
  }

  @Test
  void requestsThatMakeNoSense() {
    assertDropped(request(Messages.WALK, out -> out.u8(RunWriter.END)));
    assertDropped(request(Messages.EQUAL, out -> {}));
    assertDropped(request(9, out -> {}));
    assertDropped(
        request(
            Messages.WALK,
            out -> {
              run(out, 0, 3, 5, 0, 1);
              out.u8(RunWriter.END);
            }));
    assertDropped(
        request(
            Messages.ROOT,
            out -> {
              out.varint(4);
              out.u8(9);
              out.u8(3);
              out.u64(0);
            }));
  }

  @ParameterizedTest
  @ValueSource(strings = {"handled", "wanted", "outside", "repeats", "ids", "equal", "reason"})
  void answersThatContradictTheirRequest(String kind) throws MerkleFormatException {
    Exchange exchange = new Exchange(a.shared(), SALT, 64);
    Responder responder = new Responder(b.shared());
    exchange.onAnswer(responder.answer(exchange.next(a).get(0), b).bytes());
    exchange.next(a);
    int leafDepth = a.rows.get(0).depth();
    int code =
        switch (kind) {
          case "equal" -> Messages.EQUAL;
          case "reason" -> Messages.RESTART;
          default -> Messages.ANSWER;
        };
    MessageWriter out = Messages.answer(code, SALT, 1);
    if (kind.equals("reason")) {
      out.u8(200);
    } else if (!kind.equals("equal")) {
      out.varint(kind.equals("handled") ? 0 : 1);
      out.varint(3);
      out.varint(0);
      out.varint(kind.equals("wanted") ? 1 : 0);
      switch (kind) {
        case "wanted" -> out.varint(100_000);
        case "outside" -> run(out, 0, 2 + leafDepth, leafDepth, 0, (4L << leafDepth) - 1);
        case "repeats" -> run(out, 0, 0, LeafRow.MAX_DEPTH, 0, 0);
        case "ids" -> {
          run(out, RunWriter.IDS, 2 + leafDepth, leafDepth, 0, 0);
          out.varint(0);
        }
        default -> {}
      }
      out.u8(RunWriter.END);
    }
    assertThat(exchange.onAnswer(out.sealed(Replica.KEY))).isEqualTo(Exchange.Receipt.APPLIED);
    assertThat(exchange.state()).isEqualTo(Exchange.State.RESTART);
    assertThat(exchange.restartReason()).isEqualTo(RestartReason.MALFORMED);
    assertThat(exchange.expected()).isZero();
    assertThat(exchange.takePeerLacks().size()).isZero();
  }

  /**
   * Messages of a real exchange with changed bytes and a right tag: the worst a member can send.
   */
  @Test
  void changedMessagesOfAHolderOfTheKey() throws MerkleFormatException {
    List<byte[]> requests = new ArrayList<>();
    List<byte[]> answers = new ArrayList<>();
    Exchange real = new Exchange(a.shared(), SALT, 64);
    Responder responder = new Responder(b.shared());
    while (real.state() == Exchange.State.RUNNING) {
      for (byte[] each : real.next(a)) {
        requests.add(each);
        answers.add(responder.answer(each, b).bytes());
        real.onAnswer(answers.get(answers.size() - 1));
      }
    }
    SplittableRandom random = new SplittableRandom(3);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 6_000; i++) {
      byte[] request = resealed(requests.get(i % requests.size()), random);
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        responder.answer(request, b);
      } catch (MerkleFormatException dropped) {
        // Most are.
      }
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16 << 20);
      Exchange exchange = new Exchange(a.shared(), SALT, 64);
      List<byte[]> next = exchange.next(a);
      for (int step = 0; step < answers.size() && exchange.state() == Exchange.State.RUNNING; ) {
        boolean changed = random.nextInt(answers.size()) == 0;
        byte[] answer = answers.get(step++);
        exchange.onAnswer(changed ? resealed(answer, random) : answer);
        next.addAll(exchange.next(a));
        assertThat(exchange.state()).isNotEqualTo(Exchange.State.EQUAL);
      }
    }
  }

  private static byte[] resealed(byte[] message, SplittableRandom random) {
    MessageWriter out = new MessageWriter();
    int changed = random.nextInt(message.length - Messages.TAG_BYTES);
    for (int i = 0; i < message.length - Messages.TAG_BYTES; i++) {
      boolean spared = i > 1 && i < 19;
      out.u8(i == changed && !spared ? random.nextInt(256) : message[i]);
    }
    return out.sealed(Replica.KEY);
  }

  /** A responder that finds every node different, without end. */
  @Test
  void differencesWithoutEnd() {
    SplittableRandom random = new SplittableRandom(4);
    ExchangeRules liar =
        new ExchangeRules() {
          @Override
          int shortSum(TreeKey.Salted key, NodeSum sum) {
            return random.nextInt();
          }
        };
    Link.Result result = new Link(a, b, liar).exchange(1);
    assertThat(result.state).isEqualTo(Exchange.State.DIFFERENT);
    assertThat(result.messages).isLessThan(50);
    assertThat(result.unresolved).isPositive();
  }
}
