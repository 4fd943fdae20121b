package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import starling.gossip.GossipBytes.Reader;
import starling.gossip.GossipFormatException;

/** What a packet is about, besides the updates that it carries. */
sealed interface Body {
  int kind();

  void write(PacketWriter out);

  /** Calls the one method of {@code cases} that fits. */
  void match(Cases cases);

  /** One method per kind, so that the compiler finds a missing one. */
  interface Cases {
    void onPing(Ping ping);

    void onAck(Ack ack);

    void onPingRequest(PingRequest request);

    void onNack(Nack nack);

    void onUpdates(Updates updates);

    void onRoot(Root root);

    void onHashes(Hashes hashes);

    void onLeaves(Leaves leaves);

    void onWanted(Wanted wanted);
  }

  /** Is {@code target} there? */
  record Ping(long sequence, UUID target) implements Body {
    @Override
    public int kind() {
      return 1;
    }

    @Override
    public void write(PacketWriter out) {
      out.number(sequence);
      out.id(target);
    }

    @Override
    public void match(Cases cases) {
      cases.onPing(this);
    }
  }

  /** The answer to a ping, from the member or through a helper. */
  record Ack(long sequence) implements Body {
    @Override
    public int kind() {
      return 2;
    }

    @Override
    public void write(PacketWriter out) {
      out.number(sequence);
    }

    @Override
    public void match(Cases cases) {
      cases.onAck(this);
    }
  }

  /** Ping {@code target} for me, and tell me under this number. */
  record PingRequest(long sequence, UUID target) implements Body {
    @Override
    public int kind() {
      return 3;
    }

    @Override
    public void write(PacketWriter out) {
      out.number(sequence);
      out.id(target);
    }

    @Override
    public void match(Cases cases) {
      cases.onPingRequest(this);
    }
  }

  /** The helper has got no answer: the path to the helper works, at least (Lifeguard). */
  record Nack(long sequence) implements Body {
    @Override
    public int kind() {
      return 4;
    }

    @Override
    public void write(PacketWriter out) {
      out.number(sequence);
    }

    @Override
    public void match(Cases cases) {
      cases.onNack(this);
    }
  }

  /**
   * Updates only.
   *
   * @param rows whether they are rows of the sender's table that the receiver lacks: a receiver
   *     that meets a member for the first time this way does not spread it
   */
  record Updates(boolean rows) implements Body {
    @Override
    public int kind() {
      return rows ? 10 : 5;
    }

    @Override
    public void write(PacketWriter out) {
      // The updates follow every body.
    }

    @Override
    public void match(Cases cases) {
      cases.onUpdates(this);
    }
  }

  /** The hash of the whole table; a member with an equal one says nothing. */
  record Root(long hash) implements Body {
    @Override
    public int kind() {
      return 6;
    }

    @Override
    public void write(PacketWriter out) {
      out.u64(hash);
    }

    @Override
    public void match(Cases cases) {
      cases.onRoot(this);
    }
  }

  /** The hashes of the 16 parts of some ranges of the table. */
  record Hashes(List<HashedRange> parts) implements Body {
    static final int MAX_RANGES = 9;

    record HashedRange(Range range, long[] children) {}

    @Override
    public int kind() {
      return 7;
    }

    @Override
    public void write(PacketWriter out) {
      out.u8(parts.size());
      for (HashedRange each : parts) {
        each.range.write(out);
        for (long hash : each.children) {
          out.u64(hash);
        }
      }
    }

    private static Hashes read(Reader in) {
      int count = in.count(MAX_RANGES, 2 + 16 * Long.BYTES, "count of ranges");
      List<HashedRange> parts = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        Range range = Range.read(in);
        if (range.level() == Range.LEAVES) {
          throw new GossipFormatException("hashes below the leaves");
        }
        long[] children = new long[Range.FAN_OUT];
        for (int j = 0; j < children.length; j++) {
          children[j] = in.u64("hash");
        }
        parts.add(new HashedRange(range, children));
      }
      return new Hashes(parts);
    }

    @Override
    public void match(Cases cases) {
      cases.onHashes(this);
    }
  }

  /** All rows of some ranges of the table, each with its hash. */
  record Leaves(List<ListedRange> parts) implements Body {
    static final int MAX_ROWS = 48;

    record Row(UUID id, long hash) {}

    record ListedRange(Range range, List<Row> rows) {}

    @Override
    public int kind() {
      return 8;
    }

    @Override
    public void write(PacketWriter out) {
      out.u8(parts.size());
      for (ListedRange each : parts) {
        each.range.write(out);
        out.u8(each.rows.size());
        for (Row row : each.rows) {
          out.id(row.id);
          out.u64(row.hash);
        }
      }
    }

    private static Leaves read(Reader in) {
      int count = in.count(255, 3, "count of ranges");
      List<ListedRange> parts = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        Range range = Range.read(in);
        int size = in.count(MAX_ROWS, 24, "count of rows");
        List<Row> rows = new ArrayList<>(size);
        for (int j = 0; j < size; j++) {
          rows.add(new Row(in.id("row"), in.u64("hash")));
        }
        parts.add(new ListedRange(range, rows));
      }
      return new Leaves(parts);
    }

    @Override
    public void match(Cases cases) {
      cases.onLeaves(this);
    }
  }

  /** Tell me all about these members. */
  record Wanted(List<UUID> ids) implements Body {
    static final int MAX_IDS = 64;

    @Override
    public int kind() {
      return 9;
    }

    @Override
    public void write(PacketWriter out) {
      out.u8(ids.size());
      ids.forEach(out::id);
    }

    private static Wanted read(Reader in) {
      int count = in.count(MAX_IDS, 16, "count of wanted members");
      List<UUID> ids = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        ids.add(in.id("wanted member"));
      }
      return new Wanted(ids);
    }

    @Override
    public void match(Cases cases) {
      cases.onWanted(this);
    }
  }

  static Body read(int kind, Reader in) {
    return switch (kind) {
      case 1 -> new Ping(in.number("sequence"), in.id("target"));
      case 2 -> new Ack(in.number("sequence"));
      case 3 -> new PingRequest(in.number("sequence"), in.id("target"));
      case 4 -> new Nack(in.number("sequence"));
      case 5 -> new Updates(false);
      case 6 -> new Root(in.u64("hash"));
      case 7 -> Hashes.read(in);
      case 8 -> Leaves.read(in);
      case 9 -> Wanted.read(in);
      case 10 -> new Updates(true);
      default -> throw new GossipFormatException("no packet is of kind " + kind);
    };
  }
}
