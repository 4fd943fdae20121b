package starling.merkle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The other side of an exchange. It keeps nothing between requests: each is answered from the
 * request and the rows alone. So a request that is lost, repeated or late changes nothing, and any
 * number of exchanges cost no memory here.
 */
public final class Responder {
  /** An answer ends with the node that makes it read more elements than this. */
  static final int MAX_ELEMENTS = 1 << 16;

  /**
   * What one request led to.
   *
   * @param bytes the answer to send, at most 512 KiB
   * @param equal whether the request compared everything and nothing differed
   * @param peerLacks elements that the initiator does not have, to be sent to it
   */
  public record Answer(byte[] bytes, boolean equal, ElementList peerLacks) {}

  private final SharedRows rows;
  private final ExchangeRules rules;

  /** Answers exchanges about these rows. */
  public Responder(SharedRows rows) {
    this(rows, ExchangeRules.SOUND);
  }

  Responder(SharedRows rows, ExchangeRules rules) {
    this.rows = rows;
    this.rules = rules;
  }

  /**
   * Answers a request.
   *
   * @param source asked for the leaves that are listed
   * @return null if the source must load elements first; ask again when it has
   * @throws MerkleFormatException if the request is to be dropped: damaged, or from another cluster
   */
  public @Nullable Answer answer(byte[] request, ElementSource source)
      throws MerkleFormatException {
    MessageReader in = new MessageReader(request, rows.key(), rules);
    int version = in.u8();
    int kind = in.u8();
    long salt = in.u64();
    long scope = in.u64();
    int number = in.number(Integer.MAX_VALUE, "request");
    if (version != Messages.VERSION) {
      return restart(RestartReason.VERSION, salt, number);
    }
    if (scope != rows.scope()) {
      return restart(RestartReason.SCOPE, salt, number);
    }
    if (!rows.built()) {
      return restart(RestartReason.NOT_BUILT, salt, number);
    }
    TreeKey.Salted key = rows.key().salted(salt);
    Walk walk = new Walk(new RowsView(rows, source, rules, key));
    switch (kind) {
      case Messages.ROOT -> {
        int size = in.number(SharedRows.MAX_ROWS, "rows");
        int minDepth = in.u8();
        int maxDepth = in.u8();
        long root = in.u64();
        in.end();
        if (size != rows.size()) {
          return restart(RestartReason.SCOPE, salt, number);
        }
        if (minDepth > maxDepth || maxDepth > LeafRow.MAX_DEPTH) {
          throw new MerkleFormatException("rows of depth " + minDepth + " to " + maxDepth);
        }
        if (root == RowsView.rootSum(rows, rules, key)) {
          MessageWriter out = Messages.answer(Messages.EQUAL, salt, number);
          return new Answer(out.sealed(rows.key()), true, new ElementList());
        }
        walk.root(minDepth, maxDepth);
      }
      case Messages.WALK -> walk.entries(NodeEntry.read(in, rows));
      default -> throw new MerkleFormatException("a request of kind " + kind);
    }
    if (walk.missing) {
      return null;
    }
    return walk.rowsJoined
        ? restart(RestartReason.ROWS, salt, number)
        : new Answer(walk.bytes(salt, number), false, walk.peerLacks);
  }

  private Answer restart(RestartReason reason, long salt, int number) {
    MessageWriter out = Messages.answer(Messages.RESTART, salt, number);
    out.u8(reason.code());
    return new Answer(out.sealed(rows.key()), false, new ElementList());
  }

  /** One request while it is answered. */
  private final class Walk {
    private final RowsView view;
    private final RunWriter runs = new RunWriter();
    private final MessageWriter wanted = new MessageWriter();
    private final ElementList peerLacks = new ElementList();
    private int handled;
    private int listed;
    private int wantedCount;
    private int lastWanted = -1;
    private long unresolved;
    private boolean missing;
    private boolean rowsJoined;

    Walk(RowsView view) {
      this.view = view;
    }

    byte[] bytes(long salt, int number) {
      MessageWriter out = Messages.answer(Messages.ANSWER, salt, number);
      out.varint(handled);
      out.varint(peerLacks.size());
      out.varint(unresolved);
      out.varint(wantedCount);
      out.append(wanted);
      runs.writeTo(out);
      return out.sealed(rows.key());
    }

    void root(int minDepth, int maxDepth) {
      handled = 1;
      int mine = rows.minDepth(TreeNode.ROOT);
      boolean skewed = maxDepth - minDepth > 1;
      expand(TreeNode.ROOT.withLeafDepth(rules.coarser(mine, minDepth)), null, skewed);
    }

    void entries(List<NodeEntry> entries) throws MerkleFormatException {
      if (entries.isEmpty()) {
        throw new MerkleFormatException("a request that asks about nothing");
      }
      for (NodeEntry each : entries) {
        if (handled > 0 && isFull(each.node())) {
          return;
        }
        if (each.lists()) {
          match(each);
        } else {
          compare(each);
        }
        handled++;
      }
    }

    private boolean isFull(TreeNode next) {
      return runs.size() > Messages.ANSWER_BYTES
          || (view.elementsRead() > MAX_ELEMENTS && view.mustRead(next));
    }

    private void compare(NodeEntry entry) throws MerkleFormatException {
      TreeNode node = entry.node();
      if (entry.width() == 0) {
        throw new MerkleFormatException("a request about a node without its sums");
      }
      LeafElements elements = null;
      if (rows.belowPositions(node)) {
        elements = elements(node);
        if (elements == null) {
          return;
        }
      } else if (!rows.reaches(node, entry.width())) {
        lower(node);
        return;
      }
      int[] mine = view.children(node, entry.width(), elements).clone();
      boolean differs = false;
      for (int i = 0; i < entry.values().length; i++) {
        if (mine[i] != entry.values()[i]) {
          differs = true;
          expand(node.child(entry.width(), i), elements, false);
        }
      }
      if (!differs) {
        unresolved++;
      }
    }

    /** A row is shallower here: the initiator compares at its depth. */
    private void lower(TreeNode node) {
      int depth = rows.minDepth(node);
      if (node.depth() > rows.rowBits() + depth) {
        rowsJoined = true;
      } else {
        expand(node.withLeafDepth(rules.coarser(depth, node.leafDepth())), null, false);
      }
    }

    /** Says that a node differs, and how its children look here. */
    private void expand(TreeNode asked, @Nullable LeafElements elements, boolean skewed) {
      TreeNode node = asked;
      int most = 7;
      if (elements == null) {
        node = node.withLeafDepth(rules.coarser(node.leafDepth(), rows.minDepth(node)));
        int above = rows.rowBits() - node.depth();
        if (above > 0 && (skewed || rows.maxDepth(node) - rows.minDepth(node) > 1)) {
          most = Math.min(most, above);
        }
      }
      int remaining = rows.leafBits(node) - node.depth();
      if (remaining <= 0) {
        int digestBits = rules.digestBits(node, view.count(node, elements));
        runs.sums(node.withDigestBits(digestBits), 0, new int[0], 0);
        return;
      }
      int width = Math.min(most, ExchangeRules.responderWidth(remaining));
      if (node.depth() == 0 && rows.rowBits() >= 4 && rows.rowBits() <= 7) {
        width = rows.rowBits();
      }
      int[] sums = view.children(node, width, elements);
      runs.sums(node, width, sums, rows.children(node, width));
    }

    private void match(NodeEntry entry) {
      int firstListed = listed;
      listed += entry.values().length;
      TreeNode node = entry.node();
      LeafElements elements = elements(node);
      if (elements == null) {
        return;
      }
      long count = view.count(node, elements);
      int digestBits = rules.digestBits(node, count);
      if (digestBits > node.digestBits()) {
        runs.sums(node.withDigestBits(digestBits), 0, new int[0], 0);
        return;
      }
      if (count > Messages.MAX_IDS) {
        unresolved++;
        return;
      }
      IdMatch match = new IdMatch(entry.values(), view.ids(node, elements), rules);
      int begin = elements.begin(node);
      match.forEachMine(each -> elements.copy(begin + each, peerLacks));
      match.forEachTheirs(
          each -> {
            wanted.varint(firstListed + each - lastWanted - 1);
            lastWanted = firstListed + each;
            wantedCount++;
          });
      if (match.same()) {
        unresolved++;
      }
    }

    /** The elements of a leaf; null if the node cannot be answered. */
    private @Nullable LeafElements elements(TreeNode node) {
      LeafElements elements = view.elements(node);
      if (elements == null) {
        missing = true;
      } else if (elements.overflow()) {
        unresolved++;
        return null;
      }
      return elements;
    }
  }
}
