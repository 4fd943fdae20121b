package starling.loadgen.ycsb;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.Vector;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import site.ycsb.ByteArrayByteIterator;
import site.ycsb.ByteIterator;
import site.ycsb.DB;
import site.ycsb.DBException;
import site.ycsb.Status;
import starling.client.Behavior;
import starling.client.BlockingBucket;
import starling.client.DeniedException;
import starling.client.Hedge;
import starling.client.InvalidRequestException;
import starling.client.OverloadedException;
import starling.client.Reading;
import starling.client.Resolver;
import starling.client.Retries;
import starling.client.Starling;
import starling.client.StarlingException;
import starling.client.TimedOutException;
import starling.client.UnavailableException;

/**
 * YCSB's operations on a Starling cluster. A table is a bucket, and a record is one value.
 *
 * <ul>
 *   <li>An insert writes without a context. An update of some fields reads the record and replaces
 *       what it has read; with {@code writeallfields=true} it writes without reading. Siblings of
 *       concurrent updates are merged field by field.
 *   <li>A scan is not implemented: the cluster lists keys in the order of their hashes, so it has
 *       no range that begins at a key. YCSB counts scans as {@code NOT_IMPLEMENTED}.
 *   <li>Each operation is one request per read or write, unless {@code starling.retry=true}.
 * </ul>
 *
 * <p>YCSB makes one object for each of its threads. They share a client, as the threads of a
 * program do; the last one closes it.
 */
public final class StarlingDb extends DB {
  /** Nodes, as {@code HOST:PORT,…}. The client finds the others. */
  public static final String ENDPOINTS = "starling.endpoints";

  /** Whether the client retries and hedges; writes then carry idempotency keys. */
  public static final String RETRY = "starling.retry";

  private static final String DEFAULT_ENDPOINT = "127.0.0.1:8080";
  private static final Behavior ONE_REQUEST =
      Behavior.DEFAULT.retries(Retries.NONE).hedge(Hedge.OFF);

  private static final Object LOCK = new Object();
  private static @Nullable Starling shared;
  private static int users;

  private final Map<String, BlockingBucket<Fields>> buckets = new HashMap<>();
  private final AtomicBoolean told = new AtomicBoolean();
  private @Nullable Starling starling;
  private boolean whole;

  @Override
  public void init() throws DBException {
    whole = Boolean.parseBoolean(getProperties().getProperty("writeallfields"));
    synchronized (LOCK) {
      Starling client = shared == null ? connect(getProperties()) : shared;
      shared = client;
      starling = client;
      users++;
    }
  }

  private static Starling connect(Properties properties) throws DBException {
    String endpoints = properties.getProperty(ENDPOINTS, DEFAULT_ENDPOINT);
    boolean retry = Boolean.parseBoolean(properties.getProperty(RETRY));
    Starling client;
    try {
      client =
          Starling.builder()
              .endpoints(endpoints.split(",", -1))
              .behavior(retry ? Behavior.DEFAULT : ONE_REQUEST)
              .build();
    } catch (InvalidRequestException e) {
      throw new DBException(ENDPOINTS + "=" + endpoints + ": " + e.getMessage());
    }
    try {
      client.with(Behavior.DEFAULT).cluster().members().join();
      return client;
    } catch (CompletionException e) {
      client.close();
      throw new DBException(
          "no node of a cluster answers at "
              + endpoints
              + "; start one or correct "
              + ENDPOINTS
              + ": "
              + (e.getCause() instanceof StarlingException s ? s.getMessage() : e));
    }
  }

  @Override
  public void cleanup() {
    synchronized (LOCK) {
      if (starling != null && --users == 0) {
        starling.close();
        shared = null;
      }
      starling = null;
    }
  }

  private BlockingBucket<Fields> bucket(String table) {
    Starling client = starling;
    if (client == null) {
      throw new IllegalStateException("init() has not been called");
    }
    return buckets.computeIfAbsent(
        table,
        name ->
            client
                .bucket(name, Fields.CODEC)
                .resolving(Resolver.merging(Fields::merge))
                .blocking());
  }

  @Override
  public Status read(
      String table, String key, @Nullable Set<String> fields, Map<String, ByteIterator> result) {
    return status(
        () -> {
          Reading<Fields> reading = bucket(table).get(key);
          if (reading instanceof Reading.Absent) {
            return Status.NOT_FOUND;
          }
          reading
              .value()
              .values()
              .forEach(
                  (name, value) -> {
                    if (fields == null || fields.contains(name)) {
                      result.put(name, new ByteArrayByteIterator(value));
                    }
                  });
          return Status.OK;
        });
  }

  @Override
  @SuppressWarnings("NonApiType")
  public Status scan(
      String table,
      String startKey,
      int count,
      @Nullable Set<String> fields,
      Vector<HashMap<String, ByteIterator>> result) {
    tell(
        "a scan from a key is not implemented: Starling lists keys in the order of their hashes;"
            + " use workloads a, b, c, d or f");
    return Status.NOT_IMPLEMENTED;
  }

  @Override
  public Status update(String table, String key, Map<String, ByteIterator> values) {
    if (whole) {
      return insert(table, key, values);
    }
    Map<String, byte[]> changed = bytes(values);
    return status(
        () -> {
          BlockingBucket<Fields> bucket = bucket(table);
          Reading<Fields> reading = bucket.get(key);
          if (reading instanceof Reading.Absent) {
            return Status.NOT_FOUND;
          }
          bucket.put(reading, reading.value().with(changed));
          return Status.OK;
        });
  }

  @Override
  public Status insert(String table, String key, Map<String, ByteIterator> values) {
    Fields record = new Fields(bytes(values));
    return status(
        () -> {
          bucket(table).put(key, record);
          return Status.OK;
        });
  }

  @Override
  public Status delete(String table, String key) {
    return status(
        () -> {
          bucket(table).delete(key);
          return Status.OK;
        });
  }

  private static Map<String, byte[]> bytes(Map<String, ByteIterator> values) {
    Map<String, byte[]> bytes = new TreeMap<>();
    values.forEach((name, value) -> bytes.put(name, value.toArray()));
    return bytes;
  }

  private Status status(Supplier<Status> operation) {
    try {
      return operation.get();
    } catch (StarlingException e) {
      tell(e.getMessage());
      if (e instanceof UnavailableException
          || e instanceof TimedOutException
          || e instanceof OverloadedException) {
        return Status.SERVICE_UNAVAILABLE;
      }
      return e instanceof InvalidRequestException
          ? Status.BAD_REQUEST
          : e instanceof DeniedException ? Status.FORBIDDEN : Status.ERROR;
    }
  }

  /** Each thread says its first failure; YCSB counts all of them. */
  private void tell(@Nullable String message) {
    if (told.compareAndSet(false, true)) {
      System.err.println("starling: " + message + " (further failures are only counted)");
    }
  }
}
