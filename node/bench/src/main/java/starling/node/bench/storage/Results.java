package starling.node.bench.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a run measured; a part that was not asked for is empty.
 *
 * @param disturbed measurements begun although fsyncs were slower than at first
 */
record Results(
    String machine,
    @Nullable ForceCost force,
    List<PutCell> puts,
    List<KeyCosts.Costs> keys,
    List<CompressionCosts.Costs> compression,
    List<CacheHits.Hits> cache,
    int disturbed) {}
