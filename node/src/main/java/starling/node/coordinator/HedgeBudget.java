package starling.node.coordinator;

/**
 * The budget of hedged requests: a share of all requests, with a small reserve for a bad moment and
 * a trickle for a quiet node. When all nodes are slow, hedging makes it worse; then the budget is
 * soon empty, and the load grows by no more than the share (the retry budget of Google's SRE book,
 * chapter 22).
 *
 * <p>Invariant: over any time the hedges are at most {@code most + share * requests + perSecond *
 * seconds}.
 */
public final class HedgeBudget {
  private final double share;
  private final double most;
  private final double perSecond;
  private double left;
  private long filledNanos;

  /**
   * @param share hedges for each request
   * @param most hedges that can be saved up, also the initial budget
   * @param perSecond hedges that time alone brings
   */
  public HedgeBudget(double share, double most, double perSecond, long nowNanos) {
    this.share = share;
    this.most = most;
    this.perSecond = perSecond;
    this.left = most;
    this.filledNanos = nowNanos;
  }

  /** A request has begun. */
  public void onRequest() {
    left = Math.min(most, left + share);
  }

  /** Takes one hedge from the budget; false if there is none left. */
  public boolean take(long nowNanos) {
    left = Math.min(most, left + perSecond * (nowNanos - filledNanos) * 1e-9);
    filledNanos = nowNanos;
    if (left < 1) {
      return false;
    }
    left--;
    return true;
  }

  /** A hedge that was taken was not needed. */
  public void giveBack() {
    left = Math.min(most, left + 1);
  }
}
