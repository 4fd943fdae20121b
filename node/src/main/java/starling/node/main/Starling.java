package starling.node.main;

/** The entry point of the jar. */
public final class Starling {
  private Starling() {}

  public static void main(String[] args) {
    System.exit(2);
  }
}
