package starling.node.main;

/** Prints now and then how far a command got. */
final class Progress {
  private static final long PAUSE_NANOS = 2_000_000_000L;

  private final ClusterCommand command;
  private final String verb;
  private long entries;
  private long bytes;
  private long nextNanos = System.nanoTime() + PAUSE_NANOS;

  Progress(ClusterCommand command, String verb) {
    this.command = command;
    this.verb = verb;
  }

  void add(long moreEntries, long moreBytes) {
    entries += moreEntries;
    bytes += moreBytes;
    if (System.nanoTime() - nextNanos > 0) {
      nextNanos = System.nanoTime() + PAUSE_NANOS;
      command.note(total());
    }
  }

  String total() {
    return verb + " " + entries + " entries, " + bytes + " bytes";
  }
}
