package starling.merkle;

import java.util.List;

/**
 * What an answer says.
 *
 * @param handled how many nodes of the request it answers; the others are asked about again
 * @param more how many elements it has found that the initiator lacks
 * @param unresolved how many nodes differ in a way that was not found
 * @param wanted the places of the listed elements that the responder lacks
 * @param entries nodes that differ, below those of the request
 */
record AnswerBody(int handled, int more, int unresolved, int[] wanted, List<NodeEntry> entries) {

  /**
   * Reads an answer to a request.
   *
   * @param asked the nodes of the request
   * @param listed how many elements it lists
   * @throws MerkleFormatException if it is no answer to this request
   */
  static AnswerBody read(MessageReader in, SharedRows rows, List<TreeNode> asked, int listed)
      throws MerkleFormatException {
    int handled = in.number(asked.size(), "nodes answered");
    int more = in.number(Responder.MAX_ELEMENTS + LeafElements.MAX_ELEMENTS, "elements");
    int unresolved = in.number(asked.size(), "unresolved nodes");
    int[] wanted = new int[in.number(listed, "wanted elements")];
    int last = -1;
    for (int i = 0; i < wanted.length; i++) {
      last += in.number(listed, "place of an element") + 1;
      if (last >= listed) {
        throw new MerkleFormatException("element " + last + " of a list of " + listed);
      }
      wanted[i] = last;
    }
    List<NodeEntry> entries = NodeEntry.read(in, rows);
    if (handled == 0) {
      throw new MerkleFormatException("an answer to nothing");
    }
    checkProgress(entries, asked.subList(0, handled));
    return new AnswerBody(handled, more, unresolved, wanted, entries);
  }

  /** Each node of an answer lies below a node of its request, or is to be divided otherwise. */
  private static void checkProgress(List<NodeEntry> entries, List<TreeNode> asked)
      throws MerkleFormatException {
    int at = 0;
    for (NodeEntry entry : entries) {
      TreeNode node = entry.node();
      while (at < asked.size() && !asked.get(at).contains(node)) {
        at++;
      }
      if (entry.lists() || at == asked.size()) {
        throw new MerkleFormatException("an answer about another node: " + node);
      }
      TreeNode above = asked.get(at);
      if (node.depth() <= above.depth()
          && node.leafDepth() >= above.leafDepth()
          && node.digestBits() <= above.digestBits()) {
        throw new MerkleFormatException("an answer that only repeats its request: " + node);
      }
    }
  }
}
