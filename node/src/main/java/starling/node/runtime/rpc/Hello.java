package starling.node.runtime.rpc;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.Transport.Channel;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * The first thing either side says on a connection, and all a stranger is ever listened to for.
 *
 * <pre>
 *   53 54 52 4c            magic "STRL"
 *   01 01                  lowest and highest protocol version spoken
 *   00                     channel: 00 control, 01 data
 *   04 70 72 6f 64         cluster name, with its length
 *   16 bytes               cluster id; zeros while the node is in none
 *   16 bytes               node id
 *   8 + 8 bytes            incarnation and life number of this process
 *   09 31 32 37 ... 9e 3e  host with its length and port (varint) that others are told
 * </pre>
 *
 * @param clusterId null while the node is in no cluster
 */
record Hello(
    int lowest,
    int highest,
    Channel channel,
    String clusterName,
    @Nullable UUID clusterId,
    UUID node,
    long incarnation,
    long life,
    Address advertised) {
  /** The one version of the protocol there is so far. */
  static final int VERSION = 1;

  private static final int MAGIC = 0x5354524c;
  private static final UUID NONE = new UUID(0, 0);

  byte[] encode() {
    BinaryWriter out = new BinaryWriter(160);
    out.i32(MAGIC).u8(lowest).u8(highest).u8(channel == Channel.CONTROL ? 0 : 1);
    out.text(clusterName);
    uuid(out, clusterId == null ? NONE : clusterId);
    uuid(out, node);
    out.i64(incarnation).i64(life).text(advertised.host()).varint(advertised.port());
    return out.toBytes();
  }

  /**
   * Reads a hello.
   *
   * @throws MalformedException if these are not the words of a node that speaks our version
   */
  static Hello decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    if (in.i32("the greeting") != MAGIC) {
      throw new MalformedException("this is not the protocol between nodes");
    }
    int lowest = in.u8("the lowest version");
    int highest = in.u8("the highest version");
    if (lowest > VERSION || highest < VERSION) {
      throw new MalformedException(
          "the peer speaks versions "
              + lowest
              + " to "
              + highest
              + " of the protocol between nodes, this one speaks "
              + VERSION);
    }
    Channel channel = in.u8("the channel") == 0 ? Channel.CONTROL : Channel.DATA;
    String clusterName = in.text("the cluster name");
    UUID clusterId = uuid(in);
    UUID node = uuid(in);
    long incarnation = in.i64("the incarnation");
    long life = in.i64("the life");
    String host = in.text("the host");
    long port = in.varint("the port");
    in.end("the greeting");
    try {
      return new Hello(
          lowest,
          highest,
          channel,
          clusterName,
          clusterId.equals(NONE) ? null : clusterId,
          node,
          incarnation,
          life,
          new Address(host, (int) Math.min(port, 1 << 20)));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the advertised address: " + e.getMessage());
    }
  }

  private static void uuid(BinaryWriter out, UUID id) {
    out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
  }

  private static UUID uuid(BinaryReader in) {
    return new UUID(in.i64("an id"), in.i64("an id"));
  }
}
