package starling.node.runtime.rpc;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport.Channel;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * The first frame of either side on a connection, and the only one that a node reads from an
 * unknown peer. The first six bytes stay as they are in every version, so that any two versions can
 * at least tell each other that they have none in common.
 *
 * <pre>
 *   53 54 52 4c            magic "STRL"
 *   03 03                  lowest and highest version of the protocol that is spoken
 *   00                     channel: 00 control, 01 data
 *   04 70 72 6f 64         cluster name, with its length
 *   16 bytes               cluster id; zeros while the node is in none
 *   16 bytes               node id
 *   8 + 8 bytes incarnation and nonce of this process
 *   8 bytes                number of this greeting among all of this process
 *   09 31 32 37 ... 9e 3e  advertised host with its length and port (varint)
 * </pre>
 *
 * @param clusterId null while the node is in no cluster
 * @param number grows with every greeting that a process says, so that of two connections the other
 *     side can tell which was meant later
 */
record Hello(
    Channel channel,
    String clusterName,
    @Nullable UUID clusterId,
    UUID node,
    ProcessIncarnation life,
    long number,
    Address advertised) {
  /** The one version that this program speaks: 2 has messages in chunks, 3 has listings. */
  static final int VERSION = 3;

  private static final int MAGIC = 0x5354524c;
  private static final UUID NONE = new UUID(0, 0);

  byte[] encode() {
    BinaryWriter out = new BinaryWriter(160);
    out.i32(MAGIC).u8(VERSION).u8(VERSION).u8(channel == Channel.CONTROL ? 0 : 1);
    out.text(clusterName);
    id(out, clusterId == null ? NONE : clusterId);
    id(out, node);
    out.i64(life.incarnation()).i64(life.processNonce()).i64(number);
    out.text(advertised.host()).varint(advertised.port());
    return out.toBytes();
  }

  /**
   * Why these bytes cannot be read as this version's greeting, or null. Reads nothing after the
   * versions.
   *
   * @throws MalformedException if they are no greeting of a node
   */
  static @Nullable String unknownVersion(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    if (in.i32("the greeting") != MAGIC) {
      throw new MalformedException("this is not the protocol between nodes");
    }
    int lowest = in.u8("the lowest version");
    int highest = in.u8("the highest version");
    if (lowest <= VERSION && VERSION <= highest) {
      return null;
    }
    return String.format(
        "the protocol between nodes is spoken in versions %d to %d there and %d here",
        lowest, highest, VERSION);
  }

  /**
   * Reads a greeting whose version is known.
   *
   * @throws MalformedException if it is not one
   */
  static Hello decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    in.raw(6, "the greeting");
    int channel = in.u8("the channel");
    if (channel > 1) {
      throw new MalformedException("there is no channel " + channel);
    }
    String clusterName = in.text("the cluster name");
    UUID clusterId = id(in, "the cluster id");
    UUID node = id(in, "the node id");
    ProcessIncarnation life = life(in);
    long number = in.i64("the number of the greeting");
    Address advertised = address(in.text("the host"), in.varint("the port"));
    in.end("the greeting");
    return new Hello(
        channel == 0 ? Channel.CONTROL : Channel.DATA,
        clusterName,
        clusterId.equals(NONE) ? null : clusterId,
        node,
        life,
        number,
        advertised);
  }

  static void id(BinaryWriter out, UUID id) {
    out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
  }

  static UUID id(BinaryReader in, String what) {
    return new UUID(in.i64(what), in.i64(what));
  }

  static ProcessIncarnation life(BinaryReader in) {
    long incarnation = in.i64("the incarnation");
    long number = in.i64("the process nonce");
    if (incarnation < 0 || incarnation > ProcessIncarnation.MAX_INCARNATION) {
      throw new MalformedException("there is no incarnation " + incarnation);
    }
    return new ProcessIncarnation(incarnation, number);
  }

  private static Address address(String host, long port) {
    try {
      return new Address(host, (int) Math.min(port, 1 << 20));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the advertised address: " + e.getMessage());
    }
  }
}
