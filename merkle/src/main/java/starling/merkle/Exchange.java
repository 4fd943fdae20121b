package starling.merkle;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One comparison of two replicas, on the side that begins it: finds the elements that only one of
 * them has. Requests come out, answers go in; the other side is a {@link Responder}.
 *
 * <pre>
 * RUNNING    requests are to be sent, or answers are awaited
 * EQUAL      both sides have the same sum of 64 bits and the same count
 * DIFFERENT  the walk has ended: here are the elements that the responder lacks, and it has those
 *            that this side lacks
 * RESTART    ended early: what was found stands, and the next exchange begins again
 * RUNNING → EQUAL, DIFFERENT, RESTART; the others are final
 * </pre>
 *
 * <ol>
 *   <li>The first request carries one number for everything. Where it differs the two sides take
 *       turns at sending the sums of the children of nodes that differ, until the leaves; then the
 *       initiator lists the ids of the elements in these, and the responder says which it lacks.
 *   <li>Sums and ids travel as 32 bits under the salt, so one of 2^32 comparisons misses a
 *       difference. A node that differs while none of its children does is counted as unresolved. A
 *       difference that was missed is found by the next exchange, whose salt is another one; no
 *       exchange says EQUAL because of it.
 *   <li>Each request is answered by itself: lost ones are sent again ({@link #unanswered}), second
 *       answers are ignored, damaged ones are dropped.
 *   <li>An answer names nodes below those of its request only, so a walk ends whatever the other
 *       side says.
 * </ol>
 *
 * <p>For one thread. Elements may change meanwhile; then the result is of some moment in between.
 * Memory: at most 64 unanswered requests of 64 KiB with 16 bytes for each element they list, and
 * 2^20 nodes of 48 bytes; two replicas of a million elements that differ in all have 2^16.
 */
public final class Exchange {
  /** So many requests may wait for answers. */
  public static final int MAX_UNANSWERED = 64;

  /** An exchange that would need more requests ends with {@link RestartReason#TOO_MANY}. */
  public static final int MAX_REQUESTS = 1 << 14;

  /** An exchange that has more nodes to ask about at once ends likewise; honest ones stay below. */
  public static final int MAX_NODES = 1 << 20;

  /** How many nodes an answer can add. */
  private static final int ANSWER_NODES = Messages.ANSWER_BYTES / 4;

  /** How far an exchange is. */
  public enum State {
    RUNNING,
    EQUAL,
    DIFFERENT,
    RESTART
  }

  /** What became of an answer. */
  public enum Receipt {
    /** It was used. */
    APPLIED,
    /** Its request was answered before, or this exchange did not send it. */
    UNEXPECTED,
    /** It is no message, or damaged. */
    MALFORMED
  }

  /**
   * A request without an answer.
   *
   * @param divides whether its answer may add nodes
   * @param listed the elements that it lists
   */
  private record Unanswered(
      byte[] bytes, List<TreeNode> nodes, boolean divides, ElementList listed) {}

  private static final Comparator<TreeNode> BY_ADDRESS =
      (a, b) -> Long.compareUnsigned(a.first(), b.first());

  private final SharedRows rows;
  private final long salt;
  private final TreeKey.Salted key;
  private final int maxUnanswered;
  private final ExchangeRules rules;
  private final Map<Integer, Unanswered> unanswered = new HashMap<>();
  private final Deque<NodeEntry> toCompare = new ArrayDeque<>();
  private List<TreeNode> toAsk = new ArrayList<>();
  private State state = State.RUNNING;
  private @Nullable RestartReason restartReason;
  private ElementList peerLacks = new ElementList();
  private int requests;

  /** How many unanswered requests may add nodes. */
  private int dividing;

  private long expected;
  private long unresolved;
  private long leavesListed;

  /**
   * Begins an exchange.
   *
   * @param salt drawn at random, for this exchange only
   * @param maxUnanswered how many requests may wait for answers, 1 to 64: fewer take less memory
   *     and more round trips where much differs
   */
  public Exchange(SharedRows rows, long salt, int maxUnanswered) {
    this(rows, salt, maxUnanswered, ExchangeRules.SOUND);
  }

  Exchange(SharedRows rows, long salt, int maxUnanswered, ExchangeRules rules) {
    if (maxUnanswered < 1 || maxUnanswered > MAX_UNANSWERED) {
      throw new IllegalArgumentException(
          maxUnanswered + " unanswered requests, not 1 to " + MAX_UNANSWERED);
    }
    if (!rows.built()) {
      throw new IllegalArgumentException("a row is not built: scan it first");
    }
    this.rows = rows;
    this.salt = salt;
    this.maxUnanswered = maxUnanswered;
    this.rules = rules;
    this.key = rows.key().salted(salt);
  }

  /** How far the exchange is. */
  public State state() {
    return state;
  }

  /** Why the exchange has to begin again; null unless the state is RESTART. */
  public @Nullable RestartReason restartReason() {
    return restartReason;
  }

  /** The elements found since the last call that the responder lacks, to be sent to it. */
  public ElementList takePeerLacks() {
    ElementList taken = peerLacks;
    peerLacks = new ElementList();
    return taken;
  }

  /** How many elements the responder has found so far that this side lacks. */
  public long expected() {
    return expected;
  }

  /** How many nodes differ in a way that was not found: collisions, or changes meanwhile. */
  public long unresolved() {
    return unresolved;
  }

  /**
   * How many lowest nodes were listed so far. If that is a large part of all leaves, streaming
   * whole ranges is cheaper than going on.
   */
  public long leavesListed() {
    return leavesListed;
  }

  /** How many requests were made so far. */
  public int requests() {
    return requests;
  }

  /**
   * The requests to send now. To be called at first, after each answer, and when the source has
   * loaded what it was asked for; the state becomes DIFFERENT only here.
   *
   * @param source asked for leaves that are listed
   */
  public List<byte[]> next(ElementSource source) {
    List<byte[]> out = new ArrayList<>();
    if (state != State.RUNNING) {
      return out;
    }
    if (requests == 0) {
      out.add(root());
      return out;
    }
    RowsView view = new RowsView(rows, source, rules, key);
    boolean loading = !compareAnswers(view);
    if (state == State.RUNNING) {
      loading |= !ask(view, out);
    }
    if (state == State.RUNNING && !loading && unanswered.isEmpty()) {
      state = State.DIFFERENT;
    }
    return out;
  }

  private byte[] root() {
    MessageWriter out = Messages.request(Messages.ROOT, rows, salt, requests);
    out.varint(rows.size());
    out.u8(rows.minDepth(TreeNode.ROOT));
    out.u8(rows.maxDepth(TreeNode.ROOT));
    out.u64(RowsView.rootSum(rows, rules, key));
    // One bit deeper than any answer, so that an answer about the root is progress.
    TreeNode root = TreeNode.ROOT.withLeafDepth(LeafRow.MAX_DEPTH + 1);
    return send(out, List.of(root), true, new ElementList());
  }

  private byte[] send(
      MessageWriter out, List<TreeNode> nodes, boolean divides, ElementList listed) {
    byte[] bytes = out.sealed(rows.key());
    unanswered.put(requests++, new Unanswered(bytes, nodes, divides, listed));
    dividing += divides ? 1 : 0;
    return bytes;
  }

  /** The requests that have no answer yet, to be sent again after a timeout. */
  public List<byte[]> unanswered() {
    return state == State.RUNNING
        ? unanswered.values().stream().map(Unanswered::bytes).toList()
        : List.of();
  }

  private void restart(RestartReason reason) {
    state = State.RESTART;
    restartReason = reason;
    unanswered.clear();
    toCompare.clear();
    toAsk = new ArrayList<>();
  }

  /** Takes an answer. Then call {@link #next}. */
  public Receipt onAnswer(byte[] answer) {
    try {
      return read(new MessageReader(answer, rows.key(), rules));
    } catch (MerkleFormatException malformed) {
      return Receipt.MALFORMED;
    }
  }

  private Receipt read(MessageReader in) throws MerkleFormatException {
    int version = in.u8();
    int kind = in.u8();
    long itsSalt = in.u64();
    int number = in.number(Integer.MAX_VALUE, "request");
    Unanswered request = unanswered.get(number);
    if (state != State.RUNNING || itsSalt != salt || request == null) {
      return Receipt.UNEXPECTED;
    }
    if (version != Messages.VERSION) {
      restart(RestartReason.VERSION);
      return Receipt.APPLIED;
    }
    try {
      switch (kind) {
        case Messages.EQUAL -> {
          in.end();
          if (number != 0) {
            throw new MerkleFormatException("equal, to a request about a part");
          }
          state = State.EQUAL;
        }
        case Messages.RESTART -> {
          RestartReason reason = RestartReason.of(in.u8());
          in.end();
          restart(reason);
        }
        case Messages.ANSWER ->
            apply(AnswerBody.read(in, rows, request.nodes(), request.listed().size()), request);
        default -> throw new MerkleFormatException("an answer of kind " + kind);
      }
    } catch (MerkleFormatException contradiction) {
      // It comes from a holder of the key and still makes no sense.
      restart(RestartReason.MALFORMED);
      return Receipt.APPLIED;
    }
    if (!rules.appliesAgain()) {
      unanswered.remove(number);
      dividing -= request.divides() ? 1 : 0;
    }
    return Receipt.APPLIED;
  }

  private void apply(AnswerBody answer, Unanswered request) {
    for (int place : answer.wanted()) {
      peerLacks.accept(request.listed().position(place), request.listed().versionHash(place));
    }
    expected += answer.more();
    unresolved += answer.unresolved();
    toCompare.addAll(answer.entries());
    toAsk.addAll(request.nodes().subList(answer.handled(), request.nodes().size()));
  }

  /** Compares the sums that came; false if some elements must be loaded first. */
  private boolean compareAnswers(RowsView view) {
    boolean complete = true;
    for (int i = toCompare.size(); i > 0 && state == State.RUNNING; i--) {
      NodeEntry entry = toCompare.remove();
      if (!compare(entry, view)) {
        toCompare.add(entry);
        complete = false;
      }
      if (toAsk.size() > rules.maxNodes()) {
        restart(RestartReason.TOO_MANY);
      }
    }
    return complete;
  }

  private boolean compare(NodeEntry entry, RowsView view) {
    TreeNode node = entry.node();
    if (entry.width() == 0) {
      toAsk.add(node);
      return true;
    }
    LeafElements elements = null;
    if (rows.belowPositions(node)) {
      elements = view.elements(node);
      if (elements == null) {
        return false;
      }
      if (elements.overflow()) {
        unresolved++;
        return true;
      }
    } else if (!rows.reaches(node, entry.width())) {
      restart(RestartReason.ROWS);
      return true;
    }
    int[] mine = view.children(node, entry.width(), elements);
    boolean differs = false;
    for (int i = 0; i < entry.values().length; i++) {
      if (mine[i] != entry.values()[i]) {
        differs = true;
        toAsk.add(child(node, entry.width(), i));
      }
    }
    if (!differs) {
      unresolved++;
    }
    return true;
  }

  /** A node of several rows is compared at the depth of the shallowest; a row, at its own. */
  private TreeNode child(TreeNode node, int width, int index) {
    TreeNode child = node.child(width, index);
    boolean firstWithinRow = node.depth() < rows.rowBits() && child.depth() >= rows.rowBits();
    return firstWithinRow && child.depth() < rows.leafBits(child)
        ? child.withLeafDepth(LeafRow.MAX_DEPTH)
        : child;
  }

  /** Makes requests about the nodes that differ; false if some elements must be loaded first. */
  private boolean ask(RowsView view, List<byte[]> out) {
    List<TreeNode> nodes = toAsk;
    nodes.sort(BY_ADDRESS);
    toAsk = new ArrayList<>();
    boolean complete = true;
    int at = 0;
    while (at < nodes.size()
        && unanswered.size() < maxUnanswered
        && !isCrowded(nodes.size() - at)) {
      if (requests >= rules.maxRequests()) {
        restart(RestartReason.TOO_MANY);
        return true;
      }
      RequestWriter request = new RequestWriter(rows, view, rules);
      for (; at < nodes.size() && request.takes(nodes.get(at)); at++) {
        switch (request.add(nodes.get(at))) {
          case ADDED -> {}
          case UNKNOWABLE -> unresolved++;
          case LOADING -> {
            toAsk.add(nodes.get(at));
            complete = false;
          }
          case ROWS_JOINED -> {
            restart(RestartReason.ROWS);
            return true;
          }
        }
      }
      leavesListed += request.leavesListed();
      if (!request.nodes().isEmpty()) {
        MessageWriter message = Messages.request(Messages.WALK, rows, salt, requests);
        request.writeTo(message);
        out.add(send(message, request.nodes(), request.divides(), request.listed()));
      }
    }
    toAsk.addAll(nodes.subList(at, nodes.size()));
    return complete;
  }

  /**
   * Whether answers are awaited that may add more nodes than there should be. Nodes are asked about
   * in the order of addresses, so those that an answer adds are listed before others are divided.
   */
  private boolean isCrowded(int nodes) {
    return dividing > 0 && nodes + dividing * ANSWER_NODES > MAX_NODES / 4;
  }
}
