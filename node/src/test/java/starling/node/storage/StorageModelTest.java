package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/**
 * Random histories of a store that flushes, merges and compacts all the time, over many lives that
 * end in every way, beside a map that says what each key may hold. The index is thrown away now and
 * then: what the log says anew must be what the index said.
 */
class StorageModelTest {
  private static final int SEEDS = Integer.getInteger("starling.storage.seeds", 150);
  private static final long FIRST = Long.getLong("starling.storage.first", 1);
  private static final int KEYS = 60;
  private static final long MILLI = 1_000_000;
  private static final PositionRange ALL = new PositionRange(0, -1L);

  /** What became of the writes over all seeds: a test of nothing must not pass. */
  private long flushes;

  private long merges;
  private long compactions;
  private long rebuilds;
  private long drops;
  private long snapshots;

  @Test
  void whatWasAcknowledgedIsThereAndNothingElse() throws Exception {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        new History(seed).run();
      } catch (AssertionError | RuntimeException | IOException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    if (SEEDS >= 100) {
      assertThat(flushes).as("flushes").isGreaterThan(SEEDS * 10L);
      assertThat(merges).as("merges").isGreaterThan(SEEDS);
      assertThat(compactions).as("compactions").isGreaterThan(SEEDS);
      assertThat(rebuilds).as("rebuilds").isGreaterThan(SEEDS / 4);
      assertThat(drops).as("drops").isGreaterThan(SEEDS / 4);
      assertThat(snapshots).as("snapshots").isGreaterThan(SEEDS / 4);
    }
  }

  /** A value that a key may hold: what it was, and whether it was acknowledged as synced. */
  private record Write(@Nullable String set, boolean[] synced, boolean[] acknowledged) {}

  private final class History {
    private final SplittableRandom random;
    private final Map<Integer, List<Write>> writes = new TreeMap<>();
    private final boolean collide;
    private final boolean coldReads;
    private SimDisk disk;
    private StorageLife life;
    private int number;

    History(long seed) throws IOException {
      random = new SplittableRandom(seed);
      collide = random.nextInt(4) == 0;
      coldReads = random.nextInt(4) == 0;
      disk = new SimDisk(random.split());
      life = StorageLife.begin(disk, config());
    }

    private StorageConfig config() {
      return StorageLife.config(disk).with(this::draw);
    }

    private void draw(StorageConfig.Draft draft) {
      draft.segmentBytes = 4096L << random.nextInt(3);
      draft.memtableEntries = 5 + random.nextInt(40);
      draft.memtableLogBytes = 1 << 20;
      draft.memtableNanos = 50 * MILLI;
      draft.leastLive = 0.5 + random.nextInt(40) / 100.0;
      draft.compactionBytesPerSecond = 100 << 20;
      draft.rebuildEntries = 8 + random.nextInt(100);
      draft.scrubNanos = random.nextBoolean() ? 0 : 20 * MILLI;
      draft.hotValueBytes = random.nextBoolean() ? 0 : 64 << 20;
      Compression packed = Compression.values()[random.nextInt(3)];
      draft.compression = bucket -> bucket.equals("b1") ? packed : Compression.NONE;
      if (coldReads) {
        draft.slowReadNanos = 0;
      }
      if (collide) {
        draft.fingerprints = (a, b) -> (bucket, key) -> key[key.length - 1] & 1;
      }
    }

    void run() throws IOException {
      for (int lives = 3 + random.nextInt(6); lives > 0; lives--) {
        for (int turns = random.nextInt(60); turns > 0; turns--) {
          turn();
          life.loop.run(random.nextInt(3) * MILLI / 2);
        }
        check("before the end of a process");
        end();
        life = StorageLife.begin(disk, config());
        StorageRecovery recovery = life.storage.recovery();
        assertThat(recovery.corruptRanges()).isEmpty();
        assertThat(recovery.damagedMeta()).isEmpty();
        check("after it");
      }
    }

    private void turn() {
      for (int i = random.nextInt(8); i > 0; i--) {
        int key = random.nextInt(KEYS);
        // As an owner does: it reads, then appends.
        life.get(key(key));
        boolean synced = random.nextBoolean();
        Write write =
            new Write(
                "set" + number++ + "x".repeat(random.nextInt(300)),
                new boolean[] {false},
                new boolean[] {false});
        boolean taken =
            life.storage.append(
                    key(key),
                    0,
                    write.set().hashCode(),
                    write.set().getBytes(UTF_8),
                    synced ? Durability.SYNCED : Durability.REPLICATED,
                    failure -> {
                      assertThat(failure).isNull();
                      write.acknowledged[0] = true;
                      write.synced[0] = synced;
                    })
                == null;
        assertThat(taken).isTrue();
        writes.computeIfAbsent(key, k -> new ArrayList<>()).add(write);
      }
      if (random.nextInt(20) == 0) {
        reap(random.nextInt(KEYS));
      }
      if (random.nextInt(60) == 0) {
        drop();
      }
      if (random.nextInt(60) == 0) {
        snapshot();
      }
    }

    private void reap(int key) {
      life.get(key(key));
      Write write = new Write(null, new boolean[] {false}, new boolean[] {false});
      life.storage.reap(
          key(key),
          0,
          0,
          failure -> {
            write.acknowledged[0] = true;
            write.synced[0] = true;
          });
      writes.computeIfAbsent(key, k -> new ArrayList<>()).add(write);
    }

    /** All keys of an eighth of the ring go; nothing is written to it meanwhile. */
    private void drop() {
      int part = random.nextInt(8);
      boolean[] done = {false};
      life.storage.drop(
          PositionRange.ofPartition(part, 3),
          failure -> {
            assertThat(failure).isNull();
            done[0] = true;
          });
      life.loop.run(2_000 * MILLI);
      assertThat(done[0]).as("dropped").isTrue();
      for (int key = part; key < KEYS; key += 8) {
        List<Write> all = writes.get(key);
        if (all != null) {
          Write gone = new Write(null, new boolean[] {true}, new boolean[] {true});
          all.add(gone);
        }
      }
      drops++;
    }

    private void snapshot() {
      String name = "s" + number++;
      boolean[] done = {false};
      life.storage.snapshot(
          name,
          failure -> {
            assertThat(failure).isNull();
            done[0] = true;
          });
      life.loop.run(2_000 * MILLI);
      assertThat(done[0]).as("made").isTrue();
      snapshots++;
    }

    private void end() throws IOException {
      StorageStatistics statistics = life.storage.statistics();
      flushes += statistics.flushes();
      merges += statistics.merges();
      compactions += statistics.compactions();
      int how = random.nextInt(4);
      if (Boolean.getBoolean("starling.storage.trace")) {
        System.out.println("end " + how + " of " + disk.files());
      }
      switch (how) {
        case 0 -> {
          life.close();
          disk = disk.afterKill();
          settle(write -> true);
        }
        case 1 -> {
          disk = disk.afterPowerLoss();
          settle(write -> write.synced[0]);
        }
        default -> {
          disk = disk.afterKill();
          settle(write -> write.acknowledged[0]);
        }
      }
      if (random.nextInt(3) == 0) {
        rebuilds++;
        for (String file : disk.files()) {
          boolean run = file.startsWith("idx/") && random.nextBoolean();
          if (run || file.equals("meta/manifest")) {
            disk.delete(file);
          }
        }
      }
    }

    /** What was not promised may be there or not; the next look says which. */
    private void settle(Predicate<Write> kept) {
      for (List<Write> all : writes.values()) {
        int last = all.size() - 1;
        while (last > 0 && !kept.test(all.get(last))) {
          last--;
        }
        boolean sure = kept.test(all.get(last));
        List<Write> rest = new ArrayList<>(all.subList(last, all.size()));
        all.clear();
        if (!sure) {
          all.add(new Write(null, new boolean[] {false}, new boolean[] {false}));
        }
        all.addAll(rest);
      }
      settling = true;
    }

    private boolean settling;

    private void check(String when) {
      // A read may take its time: nothing must land meanwhile.
      life.loop.run(5 * MILLI);
      Map<Integer, String> seen = new LinkedHashMap<>();
      for (int key = 0; key < KEYS; key++) {
        String set = life.get(key(key));
        if (set != null) {
          seen.put(key, set);
        }
        List<Write> all = writes.get(key);
        if (all == null) {
          assertThat(set).as("%s, key %d was never written", when, key).isNull();
          continue;
        }
        if (settling) {
          // Any of them, but nothing older than the last that was promised.
          List<@Nullable String> may = new ArrayList<>();
          all.forEach(write -> may.add(write.set()));
          assertThat(may).as("%s, key %d", when, key).contains(set);
          all.clear();
          boolean there = set != null;
          all.add(new Write(set, new boolean[] {there}, new boolean[] {there}));
        } else {
          String newest = null;
          for (Write write : all) {
            if (write.acknowledged[0]) {
              newest = write.set();
            }
          }
          assertThat(set).as("%s, key %d of %s", when, key, all).isEqualTo(newest);
        }
      }
      boolean[] scanned = {false};
      life.storage.scan(
          ALL,
          null,
          10_000,
          page -> {
            scanned[0] = true;
            List<Key> keys = page.entries().stream().map(ScanPage.Entry::key).toList();
            List<Key> expected =
                seen.keySet().stream().map(StorageModelTest::key).sorted().toList();
            assertThat(keys).as(when).isEqualTo(expected);
          });
      life.loop.run(5 * MILLI);
      assertThat(scanned[0]).isTrue();
      settling = false;
      assertThat(life.failures).isEmpty();
      assertThat(life.found).isEmpty();
    }
  }

  private static Key key(int i) {
    Key key = StorageLife.key(i);
    // Few positions, so that fingerprints must tell keys apart.
    return new Key(key.bucket(), key.bytes(), key.position() & ~0xfL);
  }
}
