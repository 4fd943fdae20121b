package starling.node.handoff;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import starling.node.cluster.ClusterView;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.HintsHeld;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.request.BucketProperties.Conflict;

/** The requests of handoff to other nodes: whether they hold sets, and to accept them. */
final class HandoffCalls {
  private static final int TIMEOUT_MILLIS = 5_000;

  /** Large sets have a longer timeout: as for a network of 1 MiB a second. */
  private static final int MIN_BYTES_PER_MILLI = 1 << 10;

  private static final int CHECK_MILLIS = 1_000;

  private final ClusterView cluster;
  private final CallGroup calls;
  private boolean stopped;

  HandoffCalls(HandoffParts parts) {
    this.cluster = parts.cluster();
    this.calls = new CallGroup(parts.peers(), parts.cluster(), parts.deadlines());
  }

  /** Ends all calls: no further request is sent. */
  void stop() {
    stopped = true;
    calls.close();
  }

  boolean stopped() {
    return stopped;
  }

  private <A extends Response> void ask(
      UUID node,
      LongFunction<Request> question,
      int millis,
      Class<A> expected,
      Consumer<A> onAnswer,
      Consumer<CallFailure> onFailure) {
    if (!calls.ask(node, question, millis, expected, onAnswer, onFailure)) {
      onFailure.accept(CallFailure.Unknown.LOST);
    }
  }

  /** Asks a node which of these it durably holds, and records that in them. */
  void check(UUID node, List<SentHint> asked, Runnable done) {
    List<CheckHints.Digest> entries = new ArrayList<>(asked.size());
    for (SentHint one : asked) {
      entries.add(new CheckHints.Digest(one.key, cluster.registerHash(one.key.bucket()), one.hash));
    }
    ask(
        node,
        call -> new CheckHints(call, CHECK_MILLIS, cluster.ringHash(), entries),
        CHECK_MILLIS,
        HintsHeld.class,
        held -> {
          for (int i = 0; i < asked.size(); i++) {
            if (held.held().get(i)) {
              asked.get(i).holders.add(node);
            }
          }
          done.run();
        },
        failure -> done.run());
  }

  void bring(
      UUID receiver,
      List<SentHint> sent,
      Consumer<Delivered> onDelivered,
      Consumer<CallFailure> onFailure) {
    List<Deliver.Entry> entries = new ArrayList<>(sent.size());
    long bytes = 0;
    for (SentHint one : sent) {
      bytes += one.set.length;
      boolean latest = cluster.bucket(one.key.bucket()).conflict() == Conflict.LWW;
      entries.add(
          new Deliver.Entry(one.key, cluster.registerHash(one.key.bucket()), latest, one.set));
    }
    int millis = TIMEOUT_MILLIS + (int) (bytes / MIN_BYTES_PER_MILLI);
    ask(
        receiver,
        call -> new Deliver(call, millis, cluster.ringHash(), entries),
        millis,
        Delivered.class,
        onDelivered,
        onFailure);
  }

  /** Records which of these the receiver has accepted, and reports it. */
  static List<SentHint> taken(UUID receiver, List<SentHint> sent, Delivered answer) {
    List<SentHint> took = new ArrayList<>(sent.size());
    for (int i = 0; i < sent.size(); i++) {
      if (answer.took().get(i)) {
        sent.get(i).holders.add(receiver);
        took.add(sent.get(i));
      }
    }
    return took;
  }
}
