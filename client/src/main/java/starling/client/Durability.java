package starling.client;

/** When a replica counts as having a write. */
public enum Durability {
  /** The write is fsynced: it survives power loss of all nodes. */
  SYNCED("synced"),
  /** The operating system has it, fsynced within 10 ms: it survives kill -9 of all nodes. */
  REPLICATED("replicated");

  private final String word;

  Durability(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }
}
