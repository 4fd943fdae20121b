package starling.gossip;

/**
 * Which process of a node speaks. The incarnation is on disk, is raised at each start and to refute
 * a suspicion, and never falls; each process draws the process nonce, so that a copied directory
 * shows. Of two process incarnations of one id the lower is out of date, or must stop serving.
 */
public record Life(long incarnation, long number) implements Comparable<Life> {
  /** Far beyond all use, and far from where adding to it would overflow. */
  public static final long MAX_INCARNATION = 1L << 48;

  public Life {
    if (incarnation < 0 || incarnation > MAX_INCARNATION) {
      throw new IllegalArgumentException("incarnation " + incarnation);
    }
  }

  /** Whether both are the same process, whatever it has refuted since. */
  public boolean sameProcess(Life other) {
    return number == other.number;
  }

  public boolean outranks(Life other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(Life other) {
    int byIncarnation = Long.compare(incarnation, other.incarnation);
    return byIncarnation != 0 ? byIncarnation : Long.compare(number, other.number);
  }
}
