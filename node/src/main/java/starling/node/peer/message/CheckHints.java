package starling.node.peer.message;

import java.util.ArrayList;
import java.util.List;
import starling.node.storage.Key;

/** Asks a primary which of these sets it durably holds exactly, before their hints are removed. */
public record CheckHints(long call, int remainingMillis, long ring, List<Digest> entries)
    implements Request {
  public CheckHints {
    entries = List.copyOf(entries);
  }

  /** A key and the version hash of its set. */
  public record Digest(Key key, long register, long hash) {}

  static CheckHints read(long call, MessageReader in) {
    return new CheckHints(call, in.millis(), in.i64("a hash"), digests(in));
  }

  private static List<Digest> digests(MessageReader in) {
    int count = in.count(10, "the number of hints");
    List<Digest> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(new Digest(in.key(), in.i64("a hash"), in.i64("a hash")));
    }
    return entries;
  }

  @Override
  public Kind kind() {
    return Kind.CHECK_HINTS;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.varint(entries.size());
    for (CheckHints.Digest entry : entries) {
      out.key(entry.key());
      out.i64(entry.register());
      out.i64(entry.hash());
    }
  }

  @Override
  public int payloadBytes() {
    return entries.size() * 64;
  }
}
