package starling.node.topology;

/**
 * How far the move of a partition from its preference list L to another list L′ has come.
 *
 * <pre>
 *   SETTLED ── copy ──▶ COPYING ── flip ──▶ FLIPPED ── settle ──▶ SETTLED (under L′)
 *      ▲                 │   ▲ │
 *      └───── cancel ────┘   └─┘ copy, towards another L′
 * </pre>
 *
 * A flipped partition is finished, never undone.
 */
public enum ListStep {
  /** One list; all reads and writes go to it. */
  SETTLED,
  /** Writes need their quorum in L and, counted apart, in L′; reads go to L. */
  COPYING,
  /** Writes as in {@link #COPYING}; reads go to L′, whose newcomers are complete. */
  FLIPPED
}
