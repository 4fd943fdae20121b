package starling.gossip.cluster;

import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link GossipMessage.Delta}. It takes facts of at most {@link #MAX_FACT_BYTES} (though
 * always one); the next push-pull finds the rest.
 */
final class DeltaBuilder {
  static final int MAX_FACT_BYTES = 8 << 20;

  final SortedMap<String, byte[]> facts = new TreeMap<>();
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
    return factHashes == null && facts.isEmpty() && wantedFacts.isEmpty();
  }

  GossipMessage.Delta under(Header header) {
    return new GossipMessage.Delta(header, factHashes, facts, wantedFacts);
  }
}
