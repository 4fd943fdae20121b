package starling.node.version;

/** Takes sets apart, which nothing in the store can do: a planted bug. */
public final class TornSet {
  private TornSet() {}

  /** The set without its first version, which its vector still claims to have seen. */
  public static Siblings withoutFirst(Siblings set) {
    return new Siblings(
        set.versions().subList(1, set.versions().size()),
        set.vector(),
        set.seenDots(),
        set.marks());
  }
}
