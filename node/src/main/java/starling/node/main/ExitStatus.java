package starling.node.main;

/** The exit statuses of commands. */
final class ExitStatus {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int NOT_FOUND = 3;

  /** The key has siblings, or a condition did not hold. */
  static final int CONFLICT = 4;

  static final int UNAVAILABLE = 5;

  private ExitStatus() {}
}
