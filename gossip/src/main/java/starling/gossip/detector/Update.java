package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.GossipBytes.Reader;
import starling.gossip.GossipFormatException;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * A statement about one member, as it travels in packets.
 *
 * <pre>
 * update        u8                    status, + 16 if the record follows
 *               id life               member, its process incarnation
 *               number id*            suspect: accusers, 1 to 4
 *               number                dead, left: seconds since
 *               record
 * record        text address address text number text number
 *                                     name, peer, http, zone, weight, version, wire
 *
 * 01 00 .. 07                         suspect, member (16 bytes)
 * 03 00 .. 2a                         incarnation 3, process 42 (8 bytes)
 * 01 00 .. 08                         one accuser (16 bytes)
 * </pre>
 *
 * @param accusers who suspects it; empty unless it is suspect
 * @param deadSeconds since when it is dead, so that no member keeps it longer than others do
 * @param record all that the member states about itself; null where the receiver knows it
 */
record Update(
    UUID id,
    ProcessIncarnation life,
    Status status,
    List<UUID> accusers,
    long deadSeconds,
    @Nullable Member record) {
  static final int MAX_ACCUSERS = 4;

  /** So that a packet carries at least one update with its record. */
  static final int MAX_BYTES = 900;

  private static final int MAX_TEXT_BYTES = 4 * Member.MAX_TEXT_CHARS;
  private static final int WITH_RECORD = 16;

  /** What a member says about itself when it starts. */
  static Update introduction(Member member) {
    return new Update(member.id(), member.life(), Status.ALIVE, List.of(), 0, member);
  }

  /** Its bytes, at most {@link #MAX_BYTES}. */
  byte[] encode() {
    PacketWriter out = new PacketWriter();
    out.u8(status.code() | (record == null ? 0 : WITH_RECORD));
    out.id(id);
    out.life(life);
    if (status == Status.SUSPECT) {
      out.number(accusers.size());
      accusers.forEach(out::id);
    } else if (status != Status.ALIVE) {
      out.number(deadSeconds);
    }
    if (record != null) {
      out.text(record.name());
      out.address(record.peer());
      out.address(record.http());
      out.text(record.zone());
      out.number(record.weight());
      out.text(record.version());
      out.number(record.wire());
    }
    if (out.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "the record of member "
              + id
              + " has "
              + out.size()
              + " bytes, at most "
              + MAX_BYTES
              + ": shorten its name, hosts, zone or version");
    }
    return out.toBytes();
  }

  static Update read(Reader in) {
    int flags = in.u8("status");
    Status status = Status.ofCode(flags & ~WITH_RECORD);
    UUID id = in.id("member");
    ProcessIncarnation life = life(in);
    List<UUID> accusers = List.of();
    long deadSeconds = 0;
    if (status == Status.SUSPECT) {
      int count = in.count(MAX_ACCUSERS, 16, "count of accusers");
      List<UUID> read = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        read.add(in.id("accuser"));
      }
      accusers = read;
    } else if (status != Status.ALIVE) {
      deadSeconds = in.number(Integer.MAX_VALUE, "seconds since the death");
    }
    Member record = (flags & WITH_RECORD) == 0 ? null : record(in, id, life);
    return new Update(id, life, status, accusers, deadSeconds, record);
  }

  /** A process incarnation below the highest: above that one none could refute anything. */
  static ProcessIncarnation life(Reader in) {
    long incarnation = in.number("incarnation");
    if (incarnation >= ProcessIncarnation.MAX_INCARNATION) {
      throw new GossipFormatException("incarnation " + incarnation);
    }
    return new ProcessIncarnation(incarnation, in.u64("process nonce"));
  }

  private static Member record(Reader in, UUID id, ProcessIncarnation life) {
    return new Member(
        id,
        life,
        in.text(MAX_TEXT_BYTES, "name"),
        address(in),
        address(in),
        in.text(MAX_TEXT_BYTES, "zone"),
        in.number(Member.MAX_WEIGHT, "weight"),
        in.text(MAX_TEXT_BYTES, "version"),
        in.number(Member.MAX_WIRE, "wire version"));
  }

  private static Address address(Reader in) {
    return new Address(in.text(Address.MAX_HOST_CHARS, "host"), in.number(65_535, "port"));
  }
}
