package starling.gossip;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link GossipMessage.Delta}. It takes facts of at most {@link #MAX_FACT_BYTES} (though
 * always one); the next push-pull finds the rest.
 */
final class DeltaBuilder {
  static final int MAX_FACT_BYTES = 8 << 20;

  final List<Entry> entries = new ArrayList<>();
  final List<MemberRecord> introductions = new ArrayList<>();
  final SortedMap<String, byte[]> facts = new TreeMap<>();
  final SortedSet<UUID> wantedMembers = new TreeSet<>();
  final SortedSet<String> wantedFacts = new TreeSet<>();
  @Nullable SortedMap<String, Long> factHashes;
  private long factBytes;

  void fact(String name, byte[] value) {
    if (facts.isEmpty() || factBytes + value.length <= MAX_FACT_BYTES) {
      facts.put(name, value);
      factBytes += value.length;
    }
  }

  long factBytes() {
    return factBytes;
  }

  boolean isEmpty() {
    return entries.isEmpty()
        && introductions.isEmpty()
        && factHashes == null
        && facts.isEmpty()
        && wantedMembers.isEmpty()
        && wantedFacts.isEmpty();
  }

  GossipMessage.Delta under(Header header) {
    return new GossipMessage.Delta(
        header, entries, introductions, factHashes, facts, wantedMembers, wantedFacts);
  }
}
