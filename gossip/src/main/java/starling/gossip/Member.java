package starling.gossip;

import java.util.UUID;

/**
 * What a node states about itself; no other node may. Identity is the id: a name and an address may
 * pass to another node. Two statements of one id are ordered by their {@link ProcessIncarnation};
 * the later one replaces the earlier as a whole. The phase in the ring is a shared fact and not
 * part of this record.
 *
 * @param life incarnation and process
 * @param name its name for people
 * @param peer its address for other nodes
 * @param http its address for clients
 * @param zone its failure domain; may be empty
 * @param weight its capacity in relation to others, 1 to {@link #MAX_WEIGHT}
 * @param version of the program it runs
 * @param wire the highest version of the peer messages it reads
 */
public record Member(
    UUID id,
    ProcessIncarnation life,
    String name,
    Address peer,
    Address http,
    String zone,
    int weight,
    String version,
    int wire) {

  public static final int MAX_TEXT_CHARS = 128;
  public static final int MAX_WEIGHT = 65_535;
  public static final int MAX_WIRE = 65_535;

  public Member {
    requireShort("name", name);
    requireShort("zone", zone);
    requireShort("version", version);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a member without a name");
    }
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException("a weight is 1 to " + MAX_WEIGHT + ", not " + weight);
    }
    if (wire < 0 || wire > MAX_WIRE) {
      throw new IllegalArgumentException("wire version " + wire);
    }
  }

  public long incarnation() {
    return life.incarnation();
  }

  /** The same process with a raised incarnation. */
  public Member withIncarnation(long incarnation) {
    ProcessIncarnation raised = new ProcessIncarnation(incarnation, life.processNonce());
    return new Member(id, raised, name, peer, http, zone, weight, version, wire);
  }

  private static void requireShort(String what, String text) {
    if (text.length() > MAX_TEXT_CHARS) {
      throw new IllegalArgumentException(
          "the " + what + " has " + text.length() + " characters, at most " + MAX_TEXT_CHARS);
    }
  }
}
