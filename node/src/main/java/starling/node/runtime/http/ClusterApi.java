package starling.node.runtime.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import starling.node.request.MemberView;
import starling.node.request.NodeService;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.version.Version;
import starling.ring.Ring;
import starling.ring.RingNode;
import starling.wire.ProblemKind;

/** The cluster as this node sees it: members, ring, and the state of a key on each replica. */
final class ClusterApi {
  private static final Set<String> REPLICA_PARAMETERS = Set.of("key", "key64", "timeoutMs");

  private final NodeService service;

  ClusterApi(NodeService service) {
    this.service = service;
  }

  void members(HttpExchange exchange) {
    begin(exchange);
    JsonText json = new JsonText(1024).openObject().name("members").openArray();
    for (MemberView member : service.members()) {
      json.openObject()
          .field("name", member.name())
          .field("id", member.id().toString())
          .field("status", member.status())
          .field("phase", member.phase())
          .field("http", member.http())
          .field("peer", member.peer())
          .field("zone", member.zone())
          .field("weight", member.weight())
          .field("version", member.version())
          .field("incarnation", member.incarnation())
          .field("heartbeat", member.heartbeat());
      Long contactMillis = member.contactMillis();
      if (contactMillis == null) {
        json.field("lastContactMs", null);
      } else {
        json.field("lastContactMs", contactMillis);
      }
      json.field("statusForMs", member.statusMillis()).name("suspectedBy").openArray();
      member.suspectedBy().forEach(json::value);
      json.closeArray()
          .field("hintsOverdue", member.hintsOverdue())
          .field("debtsOverdue", member.debtsOverdue())
          .closeObject();
    }
    exchange.answer(ApiResponse.json(200, json.closeArray().closeObject()));
  }

  void ring(HttpExchange exchange) {
    begin(exchange);
    Ring ring = service.ring();
    JsonText json =
        new JsonText(1024 + ring.partitions() * 40)
            .openObject()
            .field("partitions", ring.partitions())
            .field("version", ring.version())
            .field("hash", RingHeader.hex(ring.hash()));
    nodes(json, ring);
    json.name("owners").openArray();
    for (int partition = 0; partition < ring.partitions(); partition++) {
      UUID owner = ring.ownerId(partition);
      json.value(owner == null ? null : owner.toString());
    }
    exchange.answer(ApiResponse.json(200, json.closeArray().closeObject()));
  }

  private void nodes(JsonText json, Ring ring) {
    Map<UUID, MemberView> members = new HashMap<>();
    for (MemberView member : service.members()) {
      members.put(member.id(), member);
    }
    json.name("nodes").openArray();
    for (RingNode node : ring.nodes()) {
      MemberView member = members.get(node.id());
      json.openObject()
          .field("id", node.id().toString())
          .field("name", member == null ? null : member.name())
          .field("http", member == null ? null : member.http())
          .field("peer", member == null ? null : member.peer())
          .field("zone", node.zone())
          .field("weight", node.weight())
          .field("phase", node.phase().word())
          .closeObject();
    }
    json.closeArray();
  }

  /** No task runs yet, and an empty list would be a claim. */
  void tasks(HttpExchange exchange) {
    begin(exchange);
    throw RequestRejected.notBuilt("the list of tasks");
  }

  /** The advice for a client when the state of all replicas is too large for one answer. */
  private static final String INSTEAD =
      "read the key with r=1 at each node, resolve its siblings by a write with the context of HEAD";

  void replicas(HttpExchange exchange) {
    String bucket = StoreKey.bucket(exchange.match());
    exchange.query().allowOnly(REPLICA_PARAMETERS);
    StoreKey named = StoreKey.named(exchange.match(), exchange.query(), bucket);
    if (named == null) {
      throw new RequestRejected(ProblemKind.BAD_KEY, "key", "say which key, as ?key= or ?key64=");
    }
    RequestOptions options = RequestParts.options(exchange.query(), service.bucket(bucket));
    requireJson(exchange);
    service.replicas(
        exchange.requestId(),
        bucket,
        named.bytes(),
        options,
        exchange.guarded(report -> exchange.answer(report(report, exchange))));
  }

  private static ApiResponse report(ReplicaReport report, HttpExchange exchange) {
    if (report.bytesWithoutRoom() > 0) {
      throw new RequestRejected(
          ProblemKind.OVERLOADED,
          "the replicas hold sets of which this node has no room for "
              + report.bytesWithoutRoom()
              + " bytes beside the "
              + report.mostBytes()
              + " bytes that reads may hold: "
              + INSTEAD
              + ", or give the node a larger heap");
    }
    long bytes = 1024;
    for (ReplicaReport.Holding holding : report.replicas()) {
      bytes += 128 + holding.node().length();
      if (holding.siblings() != null) {
        for (Version version : holding.siblings().versions()) {
          bytes += 128 + Contents.expectedBytes(version.content());
        }
      }
    }
    if (!exchange.makesBody(bytes, INSTEAD)) {
      return ApiResponse.unmeasured(200, ApiResponse.JSON);
    }
    JsonText json = new JsonText((int) bytes).openObject().field("partition", report.partition());
    json.name("replicas").openArray();
    for (ReplicaReport.Holding holding : report.replicas()) {
      json.openObject()
          .field("node", holding.node())
          .field("role", holding.primary() ? "primary" : "fallback")
          .field("reachable", holding.siblings() != null);
      json.name("versions").openArray();
      List<Version> versions =
          holding.siblings() == null ? List.of() : holding.siblings().versions();
      for (Version version : versions) {
        version(json, version);
      }
      json.closeArray().closeObject();
    }
    return ApiResponse.json(200, json.closeArray().closeObject());
  }

  private static void version(JsonText json, Version version) {
    json.openObject();
    if (version.isTombstone()) {
      json.field("value", null);
    } else {
      Contents.write(json, version.content(), false);
    }
    json.field("dot", version.dot().toString())
        .field("tombstone", version.isTombstone())
        .closeObject();
  }

  private static void begin(HttpExchange exchange) {
    exchange.query().allowOnly(Set.of());
    requireJson(exchange);
  }

  private static void requireJson(HttpExchange exchange) {
    RequestBodies.refuse(exchange);
    Accept.of(exchange).requireJson();
  }
}
