package starling.node.runtime.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.request.BatchRequest;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.ListOutcome;
import starling.node.request.ListRequest;
import starling.node.request.MemberView;
import starling.node.request.NodeService;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.version.Actor;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;
import starling.ring.Ring;
import starling.ring.RingNode;
import starling.wire.ProblemKind;

/**
 * A cluster of one node in memory, for tests of the HTTP API: it keeps siblings as a node does, and
 * can be told to refuse, or to answer later.
 */
final class MemoryService implements NodeService {
  static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000001");

  private static final Actor ACTOR = new Actor(0x1234, 0x5678);

  private final Map<String, Siblings> keys = new TreeMap<>();
  private final Map<String, BucketProperties> buckets = new HashMap<>();
  private final Map<String, Past> contexts = new HashMap<>();
  private final Map<String, String> contextKeys = new HashMap<>();
  private final List<Runnable> held = new ArrayList<>();
  private long counter = 1;
  volatile Ring ring = Ring.of(7, List.of(RingNode.normal(ID)), List.of(ID, ID, ID, ID));
  @Nullable Rejection refuseWith;
  @Nullable Rejection busyWith;
  @Nullable String notReady;
  @Nullable String warning;
  boolean hold;
  int batches;
  int lists;
  ProblemKind listProblem = ProblemKind.INTERNAL;
  int lastGoodList = Integer.MAX_VALUE;
  int missing;

  /** The most entries of a page, whatever is asked for, as if time or bytes had ended it. */
  int mostOfPage = Integer.MAX_VALUE;

  @Nullable ListRequest lastList;
  @Nullable WriteRequest lastWrite;
  @Nullable ReadRequest lastRead;

  /** Forgets everything. */
  void clear() {
    keys.clear();
    buckets.clear();
  }

  void release() {
    List<Runnable> now = List.copyOf(held);
    held.clear();
    hold = false;
    now.forEach(Runnable::run);
  }

  int held() {
    return held.size();
  }

  private void later(Runnable answer) {
    if (hold) {
      held.add(answer);
    } else {
      answer.run();
    }
  }

  private static String name(String bucket, byte[] key) {
    return bucket + '/' + new String(key, StandardCharsets.UTF_8);
  }

  private String context(String key, Past past) {
    if (past.isEmpty()) {
      return "";
    }
    String text = "c" + contexts.size();
    contexts.put(text, past);
    contextKeys.put(text, key);
    return text;
  }

  @Override
  public @Nullable Rejection rejectEarly() {
    return busyWith;
  }

  @Override
  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    lastRead = request;
    later(() -> done.accept(read(request)));
  }

  private ReadOutcome read(ReadRequest request) {
    if (refuseWith != null) {
      return new ReadOutcome.Rejected(refuseWith);
    }
    String name = name(request.bucket(), request.key());
    Siblings set = keys.getOrDefault(name, Siblings.EMPTY);
    List<Version> values = set.values();
    return values.isEmpty()
        ? new ReadOutcome.Missing(set.deleted(), context(name, set.past()))
        : new ReadOutcome.Found(values, context(name, set.past()), set.hash());
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    lastWrite = request;
    later(() -> done.accept(write(request)));
  }

  private WriteOutcome write(WriteRequest request) {
    if (refuseWith != null) {
      return new WriteOutcome.Rejected(refuseWith);
    }
    String name = name(request.bucket(), request.key());
    Siblings before = keys.getOrDefault(name, Siblings.EMPTY);
    if (!request.condition().holds(before)) {
      boolean empty = before.values().isEmpty();
      Rejection failed =
          Rejection.of(ProblemKind.PRECONDITION_FAILED, "the condition does not hold");
      return new WriteOutcome.Rejected(
          empty && !before.deleted()
              ? failed
              : failed.with(
                  new Rejection.Present(
                      empty ? null : before.hash(),
                      before.values().size() > 1,
                      context(name, before.past()))));
    }
    String context = request.context();
    Past given;
    if (context == null || !(request.condition() instanceof Condition.None)) {
      given = before.past();
    } else if (context.isEmpty()) {
      given = Past.EMPTY;
    } else if (!name.equals(contextKeys.get(context))) {
      return refused(ProblemKind.BAD_CONTEXT, "the context was not issued for this key");
    } else {
      given = contexts.getOrDefault(context, Past.EMPTY);
    }
    Dot dot = new Dot(ACTOR, counter++);
    Siblings after = before.write(given, new Version(dot, request.content()));
    keys.put(name, after);
    return WriteOutcome.Written.of(
        context(name, Past.contextAfterWrite(after, dot, given)), after, dot);
  }

  private static WriteOutcome refused(ProblemKind kind, String detail) {
    return new WriteOutcome.Rejected(Rejection.of(kind, "context", detail));
  }

  @Override
  public void batch(BatchRequest request, BatchRequest.Listener listener) {
    batches++;
    later(
        () -> {
          for (int i = 0; i < request.operations().size(); i++) {
            BatchRequest.Operation operation = request.operations().get(i);
            if (operation instanceof BatchRequest.Get get) {
              listener.onRead(
                  i,
                  read(
                      new ReadRequest(
                          request.requestId(),
                          request.bucket(),
                          get.key(),
                          get.context(),
                          request.options())));
            } else if (operation instanceof BatchRequest.Change change) {
              WriteRequest write =
                  new WriteRequest(
                      request.requestId(),
                      request.bucket(),
                      change.key(),
                      change.content(),
                      change.context(),
                      Condition.NONE,
                      request.options(),
                      change.idempotency());
              lastWrite = write;
              listener.onWrite(i, write(write));
            }
          }
          listener.onEnd();
        });
  }

  @Override
  public void list(ListRequest request, Consumer<ListOutcome> done) {
    lastList = request;
    lists++;
    later(() -> done.accept(page(request)));
  }

  /** Keys in alphabetical order; a cursor names the last one. */
  private ListOutcome page(ListRequest request) {
    if (lists > lastGoodList) {
      return new ListOutcome.Rejected(
          listProblem == ProblemKind.INTERNAL
              ? Rejection.perhaps(listProblem, "words")
              : Rejection.of(listProblem, "words"));
    }
    if (refuseWith != null) {
      return new ListOutcome.Rejected(refuseWith);
    }
    String prefix = name(request.bucket(), request.prefix());
    String cursor = request.cursor();
    if (cursor != null && !cursor.startsWith("after-")) {
      return new ListOutcome.Rejected(
          Rejection.of(ProblemKind.BAD_PARAMETER, "cursor", "the cursor is damaged"));
    }
    String after =
        cursor == null
            ? ""
            : new String(
                HexFormat.of().parseHex(cursor.substring("after-".length())),
                StandardCharsets.UTF_8);
    List<ListOutcome.Entry> entries = new ArrayList<>();
    String last = "";
    for (Map.Entry<String, Siblings> each : keys.entrySet()) {
      Siblings set = each.getValue();
      String name = each.getKey();
      if (name.startsWith(prefix) && name.compareTo(after) > 0 && !set.values().isEmpty()) {
        if (entries.size() == Math.min(request.limit(), mostOfPage)) {
          String hex = HexFormat.of().formatHex(last.getBytes(StandardCharsets.UTF_8));
          return new ListOutcome.Page(entries, "after-" + hex, missing);
        }
        byte[] key = name.substring(request.bucket().length() + 1).getBytes(StandardCharsets.UTF_8);
        ReadOutcome.Found found =
            new ReadOutcome.Found(set.values(), context(name, set.past()), set.hash());
        entries.add(new ListOutcome.Entry(key, request.values() ? found : null));
        last = name;
      }
    }
    return new ListOutcome.Page(entries, null, missing);
  }

  @Override
  public void replicas(
      String requestId,
      String bucket,
      byte[] key,
      RequestOptions options,
      Consumer<ReplicaReport> done) {
    Siblings set = keys.getOrDefault(name(bucket, key), Siblings.EMPTY);
    done.accept(
        new ReplicaReport(
            3,
            List.of(
                new ReplicaReport.Holding("one", true, set),
                new ReplicaReport.Holding("two", true, null))));
  }

  @Override
  public BucketProperties bucket(String name) {
    return buckets.getOrDefault(name, BucketProperties.DEFAULT);
  }

  @Override
  public void changeBucket(
      String requestId, String name, BucketChange change, Consumer<BucketOutcome> done) {
    if (refuseWith != null) {
      done.accept(new BucketOutcome.Rejected(refuseWith));
      return;
    }
    BucketProperties after = change.apply(bucket(name));
    buckets.put(name, after);
    done.accept(new BucketOutcome.Changed(after));
  }

  @Override
  public List<MemberView> members() {
    return List.of(
        new MemberView(
            ID,
            "one",
            "alive",
            "normal",
            "127.0.0.1:8080",
            "127.0.0.1:7946",
            "",
            100,
            "0.1.0-SNAPSHOT",
            1,
            2,
            3L,
            4_000,
            List.of(),
            0,
            0));
  }

  @Override
  public Ring ring() {
    return ring;
  }

  @Override
  public @Nullable String warning() {
    return warning;
  }

  @Override
  public @Nullable String notReady() {
    return notReady;
  }
}
