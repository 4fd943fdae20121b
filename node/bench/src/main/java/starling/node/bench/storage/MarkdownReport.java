package starling.node.bench.storage;

import java.util.List;
import java.util.Locale;

/** Results as Markdown tables, for people. */
final class MarkdownReport {
  private final StringBuilder text = new StringBuilder();

  static String of(Results results) {
    MarkdownReport report = new MarkdownReport();
    report.line("Measured on " + results.machine() + " by `deploy/bench/storage`.");
    if (results.force() != null) {
      report.line("");
      report.line(
          "A write of 512 bytes with its fsync alone: p50 %,.0f us in a growing file, %,.0f us in one"
              + " written before.",
          results.force().growingP50Micros(), results.force().prewrittenP50Micros());
    }
    if (results.disturbed() > 0) {
      report.line("");
      report.line(
          "%d measurements began although the disk was slower than at first.", results.disturbed());
    }
    report.puts(results.puts());
    report.keys(results.keys());
    report.compression(results.compression());
    report.cache(results.cache());
    return report.text.toString();
  }

  private void puts(List<PutCell> cells) {
    if (cells.isEmpty()) {
      return;
    }
    line("");
    line("### Durable puts");
    line("");
    line(
        "Medians of %d interleaved rounds. The ratio to RocksDB is of the same round.",
        cells.get(0).rounds().size());
    line("");
    line("| value | in flight | engine | puts/s | p50 us | p99 us | CPU us/put | : RocksDB |");
    line("|---:|---:|---|---:|---:|---:|---:|---:|");
    for (PutCell cell : cells) {
      line(
          "| %s | %d | %s | %,.0f | %,.0f | %,.0f | %.1f | %s |",
          bytes(cell.valueBytes()),
          cell.inFlight(),
          cell.engine().label,
          cell.median(ClosedLoop.Outcome::putsPerSecond),
          cell.median(ClosedLoop.Outcome::p50Micros),
          cell.median(ClosedLoop.Outcome::p99Micros),
          cell.median(ClosedLoop.Outcome::cpuMicros),
          figure("%.2f", cell.medianToRocksDb()));
    }
  }

  private void keys(List<KeyCosts.Costs> all) {
    if (all.isEmpty()) {
      return;
    }
    line("");
    line("### %,d keys, 100 B values", all.get(0).keys());
    line("");
    line(
        "| engine | load puts/s | CPU us | heap B/key | disk B/key | hot get us | CPU us | open ms |"
            + " without index ms | cold get p50 us | p99 us |");
    line("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (KeyCosts.Costs costs : all) {
      line(
          "| %s | %,.0f | %.1f | %.1f | %.0f | %.2f | %.2f | %,.0f | %s | %s | %s |",
          costs.engine().label,
          costs.loadPerSecond(),
          costs.loadCpuMicros(),
          costs.heapBytesPerKey(),
          costs.diskBytesPerKey(),
          costs.hotGetMicros(),
          costs.hotGetCpuMicros(),
          costs.openMillis(),
          figure("%,.0f", costs.rebuildMillis()),
          figure("%,.0f", costs.coldP50Micros()),
          figure("%,.0f", costs.coldP99Micros()));
    }
  }

  private void compression(List<CompressionCosts.Costs> all) {
    if (all.isEmpty()) {
      return;
    }
    line("");
    line("### Compressing one value");
    line("");
    line("| codec | content | value | left | compress us | decompress us |");
    line("|---|---|---:|---:|---:|---:|");
    for (CompressionCosts.Costs costs : all) {
      line(
          "| %s | %s | %s | %.0f %% | %.2f | %.2f |",
          costs.codec(),
          costs.content().name().toLowerCase(Locale.ROOT),
          bytes(costs.bytes()),
          costs.left() * 100,
          costs.compressMicros(),
          costs.decompressMicros());
    }
  }

  private void cache(List<CacheHits.Hits> all) {
    if (all.isEmpty()) {
      return;
    }
    line("");
    line("### Hot values, Zipf 0.99 over %,d keys", all.get(0).keys());
    line("");
    line("| cache holds | gets answered |");
    line("|---:|---:|");
    for (CacheHits.Hits hits : all) {
      line("| %.0f %% | %.1f %% |", hits.share() * 100, hits.hitRate() * 100);
    }
  }

  private static String figure(String format, double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
  }

  static String bytes(int bytes) {
    return bytes % 1024 == 0 ? bytes / 1024 + " KiB" : bytes + " B";
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private void line(String format, Object... arguments) {
    line(String.format(Locale.ROOT, format, arguments));
  }
}
