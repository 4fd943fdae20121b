package starling.wire;

/** Headers of the REST API that are not in every HTTP library. */
public final class HeaderNames {
  /** The causal context, both ways. */
  public static final String CONTEXT = "X-Starling-Context";

  /** The id of a request, both ways. */
  public static final String REQUEST_ID = "X-Request-Id";

  /** The idempotency key of a write, so that a client can retry it. */
  public static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  /**
   * The hash of the ring that the answering node uses, in hex as in {@code /api/v1/cluster/ring}: a
   * client whose copy has another hash fetches the ring again.
   */
  public static final String RING = "X-Starling-Ring";

  /** {@code first}: no earlier request carried the idempotency key beside it. */
  public static final String ATTEMPT = "X-Starling-Attempt";

  private HeaderNames() {}
}
