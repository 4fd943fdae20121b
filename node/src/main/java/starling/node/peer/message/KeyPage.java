package starling.node.peer.message;

import java.util.ArrayList;
import java.util.List;
import starling.node.storage.Key;

/** Answers {@link ListKeys}: keys in order, and whether they are the last. */
public record KeyPage(long call, boolean complete, boolean last, Key[] keys, long[] hashes)
    implements Response {
  static KeyPage read(long call, MessageReader in) {
    boolean complete = in.flag();
    boolean last = in.flag();
    int count = in.count(10, "the number of keys");
    List<Key> keys = new ArrayList<>();
    List<Long> hashes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(in.key());
      hashes.add(in.i64("a hash"));
    }
    return new KeyPage(
        call,
        complete,
        last,
        keys.toArray(Key[]::new),
        hashes.stream().mapToLong(Long::longValue).toArray());
  }

  @Override
  public Kind kind() {
    return Kind.KEY_PAGE;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.flag(complete);
    out.flag(last);
    out.varint(keys.length);
    for (int i = 0; i < keys.length; i++) {
      out.key(keys[i]);
      out.i64(hashes[i]);
    }
  }
}
