package starling.gossip.cluster;

import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.GossipBytes.Reader;
import starling.gossip.GossipBytes.Writer;
import starling.gossip.GossipFormatException;
import starling.gossip.ProcessIncarnation;
import starling.gossip.cluster.GossipMessage.Carried;
import starling.gossip.cluster.GossipMessage.ClusterInfo;
import starling.gossip.cluster.GossipMessage.ClusterQuery;
import starling.gossip.cluster.GossipMessage.Delta;
import starling.gossip.cluster.GossipMessage.Digest;
import starling.gossip.cluster.GossipMessage.Rejected;

/**
 * Gossip messages as bytes. Numbers are unsigned LEB128, texts and blobs follow their length, ids
 * and hashes are big endian.
 *
 * <pre>
 * message       03                    version
 *               kind                  1 ask, 2 tell, 3 digest, 4 delta, 5 refused, 6 carried
 *               header
 *               body
 * header        text                  cluster name
 *               00 | 01 identity      cluster, if the sender is in one
 *               id                    sender
 *               life                  of the sender
 *               address               of the sender
 * identity      id number id          cluster, milliseconds of its founding, founder
 * life          number u64            incarnation, process
 * address       text number           host, port
 * ask           address               asked
 * tell          address               asked
 *               number (text blob)*   facts, ascending by name
 * digest        u64                   hash of all facts
 * delta         00 | 01 number (text u64)*   hash of each fact, ascending by name
 *               number (text blob)*   facts, ascending by name
 *               number text*          wanted facts, ascending
 * refused       nothing
 * carried       blob                  packet of the failure detector
 *
 * 03 05                               version 3, refused
 * 04 70 72 6f 64                      cluster "prod"
 * 00                                  in no cluster
 * 00 .. 07                            sender (16 bytes)
 * 03 00 .. 2a                         incarnation 3, process 42 (8 bytes)
 * 03 3a 3a 31 8a 3e                   [::1]:7946
 * </pre>
 */
public final class GossipCodec {
  /** Longest message; the transport may reject longer ones unread. */
  public static final int MAX_MESSAGE_BYTES = 24 << 20;

  static final int VERSION = 3;
  private static final int MAX_PACKET_BYTES = 2_048;

  private GossipCodec() {}

  public static byte[] encode(GossipMessage message) {
    Writer out = new Writer();
    out.u8(VERSION);
    message.match(new BodyWriter(out));
    return out.toBytes();
  }

  /**
   * Reads a message.
   *
   * @throws GossipFormatException if the bytes are none, or of a version that is not known here
   */
  public static GossipMessage decode(byte[] bytes) {
    if (bytes.length > MAX_MESSAGE_BYTES) {
      throw new GossipFormatException(
          "a message of " + bytes.length + " bytes, at most " + MAX_MESSAGE_BYTES);
    }
    Reader in = new Reader(bytes);
    int version = in.u8("version");
    if (version != VERSION) {
      throw new GossipFormatException(
          "gossip of version " + version + ", this program reads version " + VERSION);
    }
    try {
      GossipMessage message = message(in);
      in.expectEnd();
      return message;
    } catch (GossipFormatException told) {
      throw told;
    } catch (IllegalArgumentException outOfRange) {
      throw new GossipFormatException(String.valueOf(outOfRange.getMessage()));
    }
  }

  private static GossipMessage message(Reader in) {
    int kind = in.u8("kind");
    if (kind < BodyWriter.ASK || kind > BodyWriter.CARRIED) {
      throw new GossipFormatException("no message is of kind " + kind);
    }
    Header header = header(in);
    return switch (kind) {
      case BodyWriter.ASK -> new ClusterQuery(header, address(in));
      case BodyWriter.TELL -> new ClusterInfo(header, address(in), facts(in));
      case BodyWriter.DIGEST -> new Digest(header, in.u64("hash of facts"));
      case BodyWriter.DELTA -> delta(header, in);
      case BodyWriter.CARRIED -> new Carried(header, in.blob(MAX_PACKET_BYTES, "packet"));
      default -> new Rejected(header);
    };
  }

  private static Delta delta(Header header, Reader in) {
    SortedMap<String, Long> hashes = flag(in, "fact hashes") ? hashes(in) : null;
    SortedMap<String, byte[]> facts = facts(in);
    int names = in.count(FactTable.MAX_FACTS, 1, "count of wanted facts");
    SortedSet<String> wantedFacts = new TreeSet<>();
    for (int i = 0; i < names; i++) {
      wantedFacts.add(factName(in));
    }
    return new Delta(header, hashes, facts, wantedFacts);
  }

  private static SortedMap<String, byte[]> facts(Reader in) {
    int count = in.count(FactTable.MAX_FACTS, 2, "count of facts");
    SortedMap<String, byte[]> facts = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      facts.put(factName(in), in.blob(FactTable.MAX_VALUE_BYTES, "fact"));
    }
    return facts;
  }

  private static SortedMap<String, Long> hashes(Reader in) {
    int count = in.count(FactTable.MAX_FACTS, 9, "count of fact hashes");
    SortedMap<String, Long> hashes = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      hashes.put(factName(in), in.u64("hash of a fact"));
    }
    return hashes;
  }

  private static Header header(Reader in) {
    String name = in.text(4 * GossipConfig.MAX_CLUSTER_NAME_CHARS, "cluster name");
    ClusterIdentity cluster =
        flag(in, "cluster")
            ? new ClusterIdentity(in.id("cluster"), in.number("founding"), in.id("founder"))
            : null;
    return new Header(name, cluster, in.id("sender"), life(in), address(in));
  }

  private static ProcessIncarnation life(Reader in) {
    return new ProcessIncarnation(in.number("incarnation"), in.u64("life"));
  }

  private static Address address(Reader in) {
    return new Address(in.text(Address.MAX_HOST_CHARS, "host"), in.number(65_535, "port"));
  }

  private static String factName(Reader in) {
    return in.text(4 * FactTable.MAX_NAME_CHARS, "name of a fact");
  }

  private static boolean flag(Reader in, String what) {
    int flag = in.u8(what);
    if (flag > 1) {
      throw new GossipFormatException(what + ": " + flag + " where 0 or 1 stands");
    }
    return flag == 1;
  }

  /** Writes kind, header and body. */
  private record BodyWriter(Writer out) implements GossipMessage.Cases {
    static final int ASK = 1;
    static final int TELL = 2;
    static final int DIGEST = 3;
    static final int DELTA = 4;
    static final int REFUSED = 5;
    static final int CARRIED = 6;

    @Override
    public void onAsk(ClusterQuery ask) {
      begin(ASK, ask);
      address(ask.asked());
    }

    @Override
    public void onTell(ClusterInfo tell) {
      begin(TELL, tell);
      address(tell.asked());
      facts(tell.facts());
    }

    @Override
    public void onDigest(Digest digest) {
      begin(DIGEST, digest);
      out.u64(digest.factsHash());
    }

    @Override
    public void onDelta(Delta delta) {
      begin(DELTA, delta);
      hashes(delta.factHashes());
      facts(delta.facts());
      out.number(delta.wantedFacts().size());
      delta.wantedFacts().forEach(out::text);
    }

    @Override
    public void onRefused(Rejected refused) {
      begin(REFUSED, refused);
    }

    @Override
    public void onCarried(Carried carried) {
      begin(CARRIED, carried);
      out.blob(carried.packet());
    }

    private void begin(int kind, GossipMessage message) {
      out.u8(kind);
      Header header = message.header();
      out.text(header.clusterName());
      ClusterIdentity cluster = header.cluster();
      out.u8(cluster == null ? 0 : 1);
      if (cluster != null) {
        out.id(cluster.id());
        out.number(cluster.foundedMillis());
        out.id(cluster.founder());
      }
      out.id(header.sender());
      life(header.life());
      address(header.replyTo());
    }

    private void facts(SortedMap<String, byte[]> facts) {
      out.number(facts.size());
      facts.forEach(
          (name, value) -> {
            out.text(name);
            out.blob(value);
          });
    }

    private void hashes(@Nullable SortedMap<String, Long> hashes) {
      out.u8(hashes == null ? 0 : 1);
      if (hashes != null) {
        out.number(hashes.size());
        hashes.forEach(
            (name, hash) -> {
              out.text(name);
              out.u64(hash);
            });
      }
    }

    private void life(ProcessIncarnation life) {
      out.number(life.incarnation());
      out.u64(life.processNonce());
    }

    private void address(Address address) {
      out.text(address.host());
      out.number(address.port());
    }
  }
}
