package starling.node.version;

/** One sibling: the dot of the event that wrote it, and its content. */
public record Version(Dot dot, Content content) {
  public boolean isTombstone() {
    return content.isTombstone();
  }
}
