package starling.loadgen.ycsb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.Vector;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.htrace.core.Tracer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import site.ycsb.ByteIterator;
import site.ycsb.Client;
import site.ycsb.ClientThread;
import site.ycsb.DB;
import site.ycsb.DBException;
import site.ycsb.DBFactory;
import site.ycsb.Status;
import site.ycsb.StringByteIterator;
import site.ycsb.UnknownDBException;
import site.ycsb.WorkloadException;
import site.ycsb.measurements.Measurements;
import site.ycsb.measurements.exporter.MeasurementsExporter;
import site.ycsb.measurements.exporter.TextMeasurementsExporter;
import site.ycsb.workloads.CoreWorkload;
import starling.client.BlockingBucket;
import starling.client.Context;
import starling.client.Starling;
import starling.node.main.LocalNodes;

/** YCSB's own classes, with the binding, against a real node. */
class StarlingDbTest {
  private static final int RECORDS = 40;
  private static final int OPERATIONS = 200;

  private static LocalNodes nodes;

  @BeforeAll
  static void start() {
    nodes = LocalNodes.start(1, "buckets.default.n=1");
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private static StarlingDb db(Map<String, String> more) throws DBException {
    StarlingDb db = new StarlingDb();
    Properties properties = new Properties();
    properties.setProperty(StarlingDb.ENDPOINTS, nodes.http().get(0));
    properties.putAll(more);
    db.setProperties(properties);
    db.init();
    return db;
  }

  private static Map<String, ByteIterator> fields(String... namesAndValues) {
    Map<String, ByteIterator> fields = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put(namesAndValues[i], new StringByteIterator(namesAndValues[i + 1]));
    }
    return fields;
  }

  private static Map<String, String> read(DB db, String key, Set<String> names) {
    Map<String, ByteIterator> result = new HashMap<>();
    assertThat(db.read("t", key, names, result)).isEqualTo(Status.OK);
    return StringByteIterator.getStringMap(result);
  }

  @Test
  void recordsAreInsertedReadUpdatedAndDeleted() throws DBException {
    StarlingDb db = db(Map.of());
    try {
      assertThat(db.read("t", "k", null, new HashMap<>())).isEqualTo(Status.NOT_FOUND);
      assertThat(db.update("t", "k", fields("a", "1"))).isEqualTo(Status.NOT_FOUND);
      assertThat(db.insert("t", "k", fields("a", "1", "b", "\u00e4"))).isEqualTo(Status.OK);
      assertThat(db.update("t", "k", fields("b", "2"))).isEqualTo(Status.OK);
      assertThat(read(db, "k", null)).isEqualTo(Map.of("a", "1", "b", "2"));
      assertThat(read(db, "k", Set.of("b"))).isEqualTo(Map.of("b", "2"));
      assertThat(db.delete("t", "k")).isEqualTo(Status.OK);
      assertThat(db.read("t", "k", null, new HashMap<>())).isEqualTo(Status.NOT_FOUND);
    } finally {
      db.cleanup();
    }
  }

  @Test
  void anUpdateOfAllFieldsDoesNotReadFirst() throws DBException {
    StarlingDb db = db(Map.of("writeallfields", "true"));
    try {
      assertThat(db.update("t", "whole", fields("a", "1"))).isEqualTo(Status.OK);
      assertThat(read(db, "whole", null)).isEqualTo(Map.of("a", "1"));
    } finally {
      db.cleanup();
    }
  }

  @Test
  void concurrentUpdatesAreMergedFieldByField() throws DBException {
    StarlingDb db = db(Map.of());
    try (Starling starling = Starling.connect(nodes.http().get(0))) {
      BlockingBucket<Fields> bucket = starling.bucket("t", Fields.CODEC).blocking();
      for (String value : List.of("1", "2")) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        Fields sibling = new Fields(Map.of("a", bytes, "only" + value, bytes));
        bucket.put("siblings", sibling, o -> o.replacing(Context.NOTHING_SEEN));
      }
      assertThat(bucket.get("siblings").values()).hasSize(2);
      assertThat(read(db, "siblings", null))
          .isEqualTo(Map.of("a", "2", "only1", "1", "only2", "2"));
      assertThat(db.update("t", "siblings", fields("b", "3"))).isEqualTo(Status.OK);
      assertThat(bucket.get("siblings").values()).hasSize(1);
    } finally {
      db.cleanup();
    }
  }

  @Test
  @SuppressWarnings("JdkObsolete")
  void aScanIsNotImplementedAndABadTableIsABadRequest() throws DBException {
    StarlingDb db = db(Map.of());
    try {
      assertThat(db.scan("t", "k", 10, null, new Vector<>())).isEqualTo(Status.NOT_IMPLEMENTED);
      assertThat(db.insert("t", "", fields("a", "1"))).isEqualTo(Status.BAD_REQUEST);
    } finally {
      db.cleanup();
    }
  }

  @Test
  void noNodeAndNoAddressAreNamed() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    assertThatThrownBy(() -> db(Map.of(StarlingDb.ENDPOINTS, "127.0.0.1:" + port)))
        .isInstanceOf(DBException.class)
        .hasMessageContaining("no node of a cluster answers at 127.0.0.1:" + port);
    assertThatThrownBy(() -> db(Map.of(StarlingDb.ENDPOINTS, "here")))
        .isInstanceOf(DBException.class)
        .hasMessageContaining("starling.endpoints=here");
  }

  @Test
  void theCoreWorkloadRunsWithItsOwnChecksOfWhatItReads()
      throws WorkloadException, UnknownDBException, IOException {
    Properties properties = new Properties();
    properties.setProperty(StarlingDb.ENDPOINTS, nodes.http().get(0));
    properties.setProperty(Client.RECORD_COUNT_PROPERTY, "" + RECORDS);
    properties.setProperty(Client.OPERATION_COUNT_PROPERTY, "" + OPERATIONS);
    properties.setProperty("dataintegrity", "true");
    properties.setProperty("readproportion", "0.5");
    properties.setProperty("updateproportion", "0.2");
    properties.setProperty("insertproportion", "0.1");
    properties.setProperty("readmodifywriteproportion", "0.2");
    properties.setProperty("scanproportion", "0");
    properties.setProperty("requestdistribution", "zipfian");
    Measurements.setProperties(properties);
    CoreWorkload workload = new CoreWorkload();
    workload.init(properties);
    run(properties, workload, false, RECORDS);
    run(properties, workload, true, OPERATIONS);
    ByteArrayOutputStream measured = new ByteArrayOutputStream();
    try (MeasurementsExporter exporter = new TextMeasurementsExporter(measured)) {
      Measurements.getMeasurements().exportMeasurements(exporter);
    }
    Map<String, Long> returns = new TreeMap<>();
    Matcher line =
        Pattern.compile("\\[([A-Z-]+)], Return=(\\w+), (\\d+)")
            .matcher(measured.toString(StandardCharsets.UTF_8));
    while (line.find()) {
      assertThat(line.group(2)).as(line.group()).isEqualTo("OK");
      returns.put(line.group(1), Long.parseLong(line.group(3)));
    }
    assertThat(returns).containsOnlyKeys("INSERT", "READ", "UPDATE", "VERIFY");
    assertThat(returns.get("INSERT")).isGreaterThan(RECORDS);
    assertThat(returns.get("VERIFY")).isEqualTo(returns.get("READ")).isPositive();
    workload.cleanup();
  }

  private static void run(
      Properties properties, CoreWorkload workload, boolean transactions, int operations)
      throws UnknownDBException {
    Tracer tracer =
        new Tracer.Builder("test").conf(org.apache.htrace.core.HTraceConfiguration.EMPTY).build();
    DB db = DBFactory.newDB(StarlingDb.class.getName(), properties, tracer);
    CountDownLatch done = new CountDownLatch(1);
    ClientThread thread =
        new ClientThread(db, transactions, workload, properties, operations, 0, done);
    thread.setThreadId(0);
    thread.setThreadCount(1);
    thread.run();
    assertThat(done.getCount()).isZero();
    assertThat(thread.getOpsDone()).isEqualTo(operations);
  }
}
