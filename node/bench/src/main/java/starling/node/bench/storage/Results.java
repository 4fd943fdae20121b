package starling.node.bench.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that a run measured; a part that was not asked for is empty. */
record Results(
    String machine,
    @Nullable ForceCost force,
    List<PutCell> puts,
    List<KeyCosts.Costs> keys,
    List<CompressionCosts.Costs> compression,
    List<CacheHits.Hits> cache) {}
