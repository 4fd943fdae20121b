package starling.gossip.heartbeat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.GossipBytes.Reader;
import starling.gossip.GossipBytes.Writer;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/** The messages of the heartbeat detector as bytes. */
final class HeartbeatCodec {
  private static final int MAX_MEMBERS = MemberList.MAX_MEMBERS + 1;
  private static final int MAX_TEXT_BYTES = 1_012;
  private static final int MIN_ENTRY_BYTES = 27;

  private HeartbeatCodec() {}

  /**
   * A message.
   *
   * @param digest whether the entries are all members that the sender knows
   * @param wanted members whose records the sender lacks
   */
  record Message(
      boolean digest,
      UUID cluster,
      UUID sender,
      ProcessIncarnation life,
      List<Entry> entries,
      List<MemberRecord> records,
      List<UUID> wanted) {}

  static byte[] encode(Message message) {
    Writer out = new Writer();
    out.u8(message.digest() ? 1 : 0);
    out.id(message.cluster());
    out.id(message.sender());
    life(out, message.life());
    out.number(message.entries().size());
    for (Entry each : message.entries()) {
      out.id(each.id());
      life(out, each.life());
      out.number(each.heartbeat());
      out.u8(each.status().code() | each.farewell().code() << 4);
    }
    out.number(message.records().size());
    for (MemberRecord each : message.records()) {
      member(out, each.member());
      out.number(each.heartbeat());
      out.u8(each.status().code() | each.farewell().code() << 4);
    }
    out.number(message.wanted().size());
    message.wanted().forEach(out::id);
    return out.toBytes();
  }

  static Message decode(byte[] bytes) {
    Reader in = new Reader(bytes);
    boolean digest = in.u8("kind") == 1;
    UUID cluster = in.id("cluster");
    UUID sender = in.id("sender");
    ProcessIncarnation life = life(in);
    List<Entry> entries = new ArrayList<>();
    for (int left = in.count(MAX_MEMBERS, MIN_ENTRY_BYTES, "entries"); left > 0; left--) {
      UUID id = in.id("member");
      ProcessIncarnation named = life(in);
      long heartbeat = in.number("heartbeat");
      int code = in.u8("status");
      entries.add(new Entry(id, named, heartbeat, status(code), departure(code)));
    }
    List<MemberRecord> records = new ArrayList<>();
    for (int left = in.count(MAX_MEMBERS, MIN_ENTRY_BYTES, "records"); left > 0; left--) {
      Member member = member(in);
      long heartbeat = in.number("heartbeat");
      int code = in.u8("status");
      records.add(new MemberRecord(member, heartbeat, status(code), departure(code)));
    }
    List<UUID> wanted = new ArrayList<>();
    for (int left = in.count(MAX_MEMBERS, 16, "wanted members"); left > 0; left--) {
      wanted.add(in.id("wanted member"));
    }
    in.expectEnd();
    return new Message(digest, cluster, sender, life, entries, records, wanted);
  }

  private static void member(Writer out, Member member) {
    out.id(member.id());
    life(out, member.life());
    out.text(member.name());
    address(out, member.peer());
    address(out, member.http());
    out.text(member.zone());
    out.number(member.weight());
    out.text(member.version());
    out.number(member.wire());
  }

  private static Member member(Reader in) {
    return new Member(
        in.id("member"),
        life(in),
        in.text(MAX_TEXT_BYTES, "name"),
        address(in),
        address(in),
        in.text(MAX_TEXT_BYTES, "zone"),
        in.number(Member.MAX_WEIGHT, "weight"),
        in.text(MAX_TEXT_BYTES, "version"),
        in.number(Member.MAX_WIRE, "wire version"));
  }

  private static void life(Writer out, ProcessIncarnation life) {
    out.number(life.incarnation());
    out.u64(life.processNonce());
  }

  private static ProcessIncarnation life(Reader in) {
    return new ProcessIncarnation(in.number("incarnation"), in.u64("process"));
  }

  private static void address(Writer out, Address address) {
    out.text(address.host());
    out.number(address.port());
  }

  private static Address address(Reader in) {
    return new Address(in.text(Address.MAX_HOST_CHARS, "host"), in.number(65_535, "port"));
  }

  private static Status status(int code) {
    return Status.ofCode(code & 0x0f);
  }

  private static DepartureIntent departure(int code) {
    return DepartureIntent.ofCode(code >>> 4);
  }
}
