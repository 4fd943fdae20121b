package starling.node.topology;

/**
 * Ways to leave out a rule of PROTOCOL P28 to P30, planted around the real rings, plans, walks and
 * epochs of a {@link MoveSimulation}. Each names the seed that finds it.
 */
enum PlantedMoveBreach {
  /** A replica serves a sender that is one or two records behind. */
  ONE_RECORD_BEHIND_SERVED(21),
  /** A node uses a record that a crash takes back. */
  RECORD_NOT_FSYNCED(2693),
  /** A node counts as entered while earlier requests are under way. */
  ENTERED_WITH_OPEN_REQUESTS(17),
  /** W is counted over both lists together. */
  LISTS_COUNTED_TOGETHER(8),
  /** A list flips before all its newcomers are complete. */
  HALF_COMPLETE(13),
  /** A list settles before the old one has entered the flip. */
  SETTLED_AT_ONCE(724),
  /** A walk begins before its source has entered the copying. */
  WALK_BEFORE_ENTERED(188),
  /** A newcomer walks another member than the one whose place it takes. */
  ANOTHER_MEMBER_WALKED(96),
  /** A walk counts although the move was redirected and a newcomer went. */
  EARLIER_WALK_COUNTS(4815),
  /** A newcomer in the place of a banned member walks one of the others only. */
  ONE_OF_THE_OTHERS_WALKED(529);

  final long seed;

  PlantedMoveBreach(long seed) {
    this.seed = seed;
  }
}
