package starling.gossip;

/**
 * Which process of a node speaks. The incarnation is on disk, is raised at each start and to refute
 * a suspicion, and never falls; each process draws the process nonce, so that a copied directory
 * shows. Of two process incarnations of one id the lower is out of date, or must stop serving.
 */
public record ProcessIncarnation(long incarnation, long processNonce)
    implements Comparable<ProcessIncarnation> {
  /** Far beyond all use, and far from where adding to it would overflow. */
  public static final long MAX_INCARNATION = 1L << 48;

  public ProcessIncarnation {
    if (incarnation < 0 || incarnation > MAX_INCARNATION) {
      throw new IllegalArgumentException("incarnation " + incarnation);
    }
  }

  /** Whether both are the same process, whatever it has refuted since. */
  public boolean sameProcess(ProcessIncarnation other) {
    return processNonce == other.processNonce;
  }

  public boolean outranks(ProcessIncarnation other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(ProcessIncarnation other) {
    int byIncarnation = Long.compare(incarnation, other.incarnation);
    return byIncarnation != 0 ? byIncarnation : Long.compare(processNonce, other.processNonce);
  }
}
