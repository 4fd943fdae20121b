package starling.node.peer.message;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Key;

/** Delivers hints to their primary. */
public record Deliver(long call, int remainingMillis, long ring, List<Entry> entries)
    implements Request {
  public Deliver {
    entries = List.copyOf(entries);
  }

  /** One key's whole set. */
  public record Entry(Key key, long register, boolean lww, byte[] set) {}

  static Deliver read(long call, MessageReader in) {
    return new Deliver(call, in.millis(), in.i64("a hash"), entries(in));
  }

  private static List<Entry> entries(MessageReader in) {
    // A set that came separately is that of the only hint, and not among the remaining bytes.
    int count = in.count(in.setIsApart() ? 1 : 5, "the number of hints");
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(new Entry(in.key(), in.i64("a hash"), in.flag(), in.set()));
    }
    return entries;
  }

  /** Reads up to the length of the set; false where the message does not end with one. */
  static boolean skipToSet(MessageReader in) {
    var unusedMillis = in.millis();
    var unusedRing = in.i64("a hash");
    if (in.varint("the number of hints") != 1) {
      return false;
    }
    var unusedKey = in.key();
    var unusedRegister = in.i64("a hash");
    var unusedLatest = in.flag();
    return true;
  }

  @Override
  public Kind kind() {
    return Kind.DELIVER;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.varint(entries.size());
    for (Deliver.Entry entry : entries) {
      out.key(entry.key());
      out.i64(entry.register());
      out.flag(entry.lww());
      out.set(entry.set());
    }
  }

  @Override
  public byte @Nullable [] lastSet() {
    return entries.size() == 1 ? entries.get(0).set() : null;
  }

  @Override
  public int payloadBytes() {
    return entries.stream().mapToInt(entry -> entry.set().length + 128).sum();
  }
}
