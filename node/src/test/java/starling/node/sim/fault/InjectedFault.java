package starling.node.sim.fault;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/**
 * One fault as a plain value: what, from when, for how long, to whom. A run's list of them is made
 * before the run, so it can be printed, cut down and put into a test. What is still random while it
 * happens (which byte rots, in which order links fall) is drawn from {@link #amount}.
 *
 * @param atMillis from the moment when clients begin
 * @param nodes all nodes in some order; the first ones are those it happens to
 * @param amount how much of it; what it means depends on the kind
 */
public record InjectedFault(
    Kind kind, long atMillis, long forMillis, List<Integer> nodes, long amount) {

  /** What can happen to nodes, links, clocks and disks. */
  public enum Kind {
    /** The process is killed and started again. */
    CRASH,
    CRASH_ALL,
    /** All are killed just after a client has heard that its write is done. */
    CRASH_ALL_AFTER_ANSWER,
    /** The machine loses power; what was not forced is kept or lost at random. */
    POWER,
    POWER_ALL,
    POWER_ALL_AFTER_ANSWER,
    /** No event of the process happens for a while; then all the late ones do. */
    PAUSE,
    /** Two nodes do not reach each other. */
    CUT,
    /** The first does not reach the second. */
    CUT_ONE_WAY,
    ISOLATE,
    /** One is heard and hears nothing. */
    DEAF,
    /** One hears and is not heard. */
    MUTE,
    /** Two sides. */
    SIDES,
    /** Two sides that share one node. */
    BRIDGE,
    /** Each reaches only its two neighbours, in a closed chain. */
    CIRCLE,
    /** A link is cut and healed again and again, every {@code amount} ms. */
    FLAP,
    /** The links of a node are cut one by one and healed one by one in another order. */
    SWIZZLE,
    /** A link is blocked, in order and without loss. */
    CLOG,
    /** The wall clock jumps by {@code amount} ms and stays so. */
    CLOCK_JUMP,
    /** The wall clock runs at {@code amount} hundredths of its speed. */
    CLOCK_DRIFT,
    /** The disk takes {@code amount} times as long. */
    SLOW_DISK,
    /** The disk has room for {@code amount} bytes more. */
    FULL_DISK,
    /** The {@code amount}-th change of the disk from now fails; the process is started again. */
    WRITE_ERROR,
    /** The {@code amount}-th read from now fails; the process is started again. */
    READ_ERROR,
    /** A bit of a running node's log is turned. */
    ROT,
    /** A node goes down, bits of its log are turned, it comes back. */
    ROT_WHILE_DOWN,
    /** The {@code amount}-th read from now fails, and the same read later does not. */
    READ_ERROR_ONCE,
    /** Every {@code amount}-th call of a node's storage throws, for a while. */
    STORAGE_THROWS,
    /** A node goes down and comes back, and while it starts a bit of its log is turned. */
    ROT_WHILE_STARTING,
    /** A bit of an index page that a running node has mapped is turned. */
    ROT_OF_INDEX,
    /** A node goes down; meanwhile the second one's wall clock jumps by {@code amount} ms. */
    OUTAGE_AND_CLOCK_JUMP,
    /** A node comes back with its id and nothing else. */
    WIPE,
    /** A node's directory is what it was some time before. */
    ROLL_BACK;

    /** What may destroy a copy for ever that the node has acknowledged. */
    public static final Set<Kind> DESTROYS =
        EnumSet.of(
            WRITE_ERROR, READ_ERROR, ROT, ROT_WHILE_DOWN, ROT_WHILE_STARTING, WIPE, ROLL_BACK);

    public static final Set<Kind> LOSES_POWER =
        EnumSet.of(POWER, POWER_ALL, POWER_ALL_AFTER_ANSWER);

    public boolean movesClocks() {
      return this == CLOCK_JUMP || this == CLOCK_DRIFT || this == OUTAGE_AND_CLOCK_JUMP;
    }

    public boolean losesPower() {
      return LOSES_POWER.contains(this);
    }
  }

  public InjectedFault {
    nodes = List.copyOf(nodes);
  }

  int node() {
    return nodes.get(0);
  }

  int other() {
    return nodes.get(1);
  }

  /** The same in a cluster of so many nodes: those that are missing come last. */
  InjectedFault among(int count) {
    List<Integer> all = new ArrayList<>(nodes);
    all.removeIf(node -> node >= count);
    for (int node = 0; node < count; node++) {
      if (!all.contains(node)) {
        all.add(node);
      }
    }
    return new InjectedFault(kind, atMillis, forMillis, all, amount);
  }

  /** As it is written in a test. */
  public String source() {
    StringJoiner list = new StringJoiner(", ");
    nodes.forEach(node -> list.add(node.toString()));
    return String.format(
        Locale.ROOT,
        "new InjectedFault(InjectedFault.Kind.%s, %s, %s, List.of(%s), %s)",
        kind,
        number(atMillis),
        number(forMillis),
        list,
        number(amount));
  }

  /** A number in Java source. */
  public static String number(long value) {
    return value == (int) value ? Long.toString(value) : value + "L";
  }
}
