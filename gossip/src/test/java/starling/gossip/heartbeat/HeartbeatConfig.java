package starling.gossip.heartbeat;

/**
 * The intervals of the heartbeat detector, in milliseconds.
 *
 * @param roundMillis interval of rounds in quiet times; they come with each tick while members
 *     change
 * @param hotMillis how long rounds stay quick after a start or a change of members
 * @param fanOut members contacted per round, and per update
 * @param suspectMillis silence after which a member is suspect, for up to seven members; grows with
 *     the logarithm of their number
 * @param deadMillis further silence after which it is dead; grows alike
 * @param pauseMillis a gap between two ticks of at least this length counts as a process pause
 */
record HeartbeatConfig(
    int tickMillis,
    int roundMillis,
    int hotMillis,
    int fanOut,
    int suspectMillis,
    int deadMillis,
    int pauseMillis) {
  static final HeartbeatConfig DEFAULT =
      new HeartbeatConfig(200, 1_000, 5_000, 3, 3_000, 6_000, 1_500);
}
