package starling.node.bench.storage;

import java.nio.file.Files;
import java.nio.file.Path;
import starling.node.storage.Durability;

/** The engines that are compared, in the order of tables and pictures. */
enum EngineKind {
  STARLING("Starling", true, (at, client) -> OwnStore.open(at, client, Durability.SYNCED)),
  STARLING_REPLICATED(
      "Starling, fsync within 10 ms",
      false,
      (at, client) -> OwnStore.open(at, client, Durability.REPLICATED)),
  ROCKSDB("RocksDB", true, (at, client) -> new RocksDbEngine(at, client, 0)),
  ROCKSDB_RECYCLED("RocksDB, recycled log", true, (at, client) -> new RocksDbEngine(at, client, 4)),
  LMDB("LMDB", true, LmdbEngine::new),
  H2("H2 MVStore", true, MvStoreEngine::new),
  MAPDB(
      "MapDB, values in a BTreeMap",
      true,
      (at, client) ->
          new PortEngine(new MapDbStorage(at, client), client, Durability.SYNCED, () -> {})),
  MAPDB_LOG("MapDB, log in a BTreeMap", true, MapDbLogEngine::new);

  /** As people read it. */
  final String label;

  /** Whether a completed put survives the loss of power (or is meant to). */
  final boolean durable;

  @SuppressWarnings("ImmutableEnumChecker") // Its lambdas hold nothing.
  private final Opening opening;

  @FunctionalInterface
  private interface Opening {
    Engine open(Path directory, ClientLoop client) throws Exception;
  }

  EngineKind(String label, boolean durable, Opening opening) {
    this.label = label;
    this.durable = durable;
    this.opening = opening;
  }

  /** Opens the engine's store in the directory, or makes one there. */
  Engine open(Path directory, ClientLoop client) throws Exception {
    Files.createDirectories(directory);
    return opening.open(directory, client);
  }

  boolean findsKeys() {
    return this != MAPDB_LOG;
  }
}
