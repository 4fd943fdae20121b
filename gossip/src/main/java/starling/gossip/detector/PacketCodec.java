package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import starling.gossip.GossipBytes.Reader;
import starling.gossip.GossipFormatException;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;

/**
 * Packets as bytes. Numbers are unsigned LEB128, texts follow their length, ids and hashes are big
 * endian. A packet fits in one Ethernet frame, however many members there are; whatever it claims,
 * reading it allocates in proportion to its bytes.
 *
 * <pre>
 * packet        01                    version
 *               u8                    highest version that the sender reads
 *               u8                    kind, 1 ping to 10 rows
 *               id                    cluster
 *               id life number        sender, its process incarnation, its heartbeat
 *               body
 *               update*               to the end
 *
 * 01 01 02                            version 1, reads up to 1, ack
 * 00 .. 63                            cluster (16 bytes)
 * 00 .. 07                            sender (16 bytes)
 * 03 00 .. 2a                         incarnation 3, process 42 (8 bytes)
 * 09                                  heartbeat 9
 * 05                                  of ping 5
 * </pre>
 *
 * <p>Versions: a packet is written in the highest version that both sides read, and in version 1 to
 * a member from which no packet has come. A packet of a version that is not known here is dropped.
 */
final class PacketCodec {
  /** Of a packet; 1,500 bytes of a frame less headers and a tag that authenticates the packet. */
  static final int MAX_BYTES = 1_400;

  static final int VERSION = 1;

  private PacketCodec() {}

  /** The version of a packet to a member: the highest one that both sides read. */
  static int versionFor(int theyReadUpTo) {
    return Math.max(1, Math.min(VERSION, theyReadUpTo));
  }

  /** Begins a packet of version 1: everything before the updates. */
  static PacketWriter begin(UUID cluster, Member self, long heartbeat, Body body) {
    return begin(1, cluster, self, heartbeat, body);
  }

  /** Begins a packet: everything before the updates. */
  static PacketWriter begin(int version, UUID cluster, Member self, long heartbeat, Body body) {
    PacketWriter out = new PacketWriter();
    out.u8(version);
    out.u8(VERSION);
    out.u8(body.kind());
    out.id(cluster);
    out.id(self.id());
    out.life(self.life());
    out.number(heartbeat);
    body.write(out);
    return out;
  }

  /** The version of a packet, which stands first in all versions. */
  static int version(byte[] bytes) {
    return bytes.length == 0 ? 0 : bytes[0] & 0xff;
  }

  /**
   * Reads a packet of version 1.
   *
   * @throws GossipFormatException if the bytes are none
   */
  static Packet decode(byte[] bytes) {
    try {
      Reader in = new Reader(bytes);
      in.u8("version");
      int readsUpTo = in.u8("highest version");
      int kind = in.u8("kind");
      UUID cluster = in.id("cluster");
      UUID sender = in.id("sender");
      ProcessIncarnation life = Update.life(in);
      long heartbeat = in.number("heartbeat");
      Body body = Body.read(kind, in);
      List<Update> updates = List.of();
      if (in.hasRemaining()) {
        updates = new ArrayList<>();
        while (in.hasRemaining()) {
          updates.add(Update.read(in));
        }
      }
      return new Packet(readsUpTo, cluster, sender, life, heartbeat, body, updates);
    } catch (GossipFormatException told) {
      throw told;
    } catch (IllegalArgumentException outOfRange) {
      throw new GossipFormatException(String.valueOf(outOfRange.getMessage()));
    }
  }
}
