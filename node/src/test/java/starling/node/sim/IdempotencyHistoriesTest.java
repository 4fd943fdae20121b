package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.config.NodeLimits;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.workload.Workload;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.wire.ProblemKind;

/** Writes that are sent again under the name they were first sent with. */
class IdempotencyHistoriesTest extends RetriedWrites {
  /** Its coordinator's full disk is no reason to believe that the write was made before. */
  @Test
  void aWriteThatAFullDiskRejectsIsForwardedToAnotherReplica() {
    SimCluster cluster = new SimCluster(3, 3).awaitReady();
    SimDisk disk = cluster.home(0).disk();
    disk.capacity(disk.usedBytes());
    for (int i = 0; cluster.home(0).process().node.warning() == null; i++) {
      assertThat(i).as("writes before the disk is full").isLessThan(2_000);
      written(cluster.put(1, "b", "other" + i, "\"" + "x".repeat(500) + "\"", ""));
      cluster.runFor(20);
    }
    disk.capacity(0);
    written(put(cluster, 0, "1"));
  }

  @Test
  void aRetryOnAnyNodeGetsTheFirstAnswerAndMakesNoVersion() {
    SimCluster cluster = cluster(1);
    String first = written(put(cluster, 0, "1"));
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(written(put(cluster, node, "1"))).isEqualTo(first);
      cluster.crash(node);
      cluster.restart(node);
      cluster.awaitReady();
    }
    assertThat(standing(cluster, 0)).hasSize(1);
  }

  @Test
  void aRetryAfterLaterWritesBringsNothingBack() {
    for (long seed = 1; seed <= 20; seed++) {
      SimCluster cluster = cluster(seed);
      String first = written(put(cluster, (int) seed % 5, "1"));
      written(cluster.put((int) (seed + 1) % 5, "b", "k", "2", first));
      assertThat(written(put(cluster, (int) (seed + 2) % 5, "1"))).isEqualTo(first);
      assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(2);
      cluster.runFor(1_000);
      assertThat(standing(cluster, 0)).hasSize(1);
    }
  }

  @Test
  void anotherRequestUnderTheSameNameIsRefused() {
    SimCluster cluster = cluster(2);
    written(put(cluster, 0, "1"));
    IdempotencyKey other = new IdempotencyKey(NAME.high(), NAME.low(), 4);
    for (int node = 0; node < cluster.size(); node++) {
      WriteOutcome outcome = write(cluster, node, json("2"), null, Condition.NONE, other);
      assertThat(refusal(outcome)).isEqualTo(ProblemKind.UNPROCESSABLE);
    }
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(1);
  }

  @Test
  void whileTheFirstIsCarriedOutTheSecondIsToldToWait() {
    SimCluster cluster = cluster(3);
    int node = primaries.get(0);
    List<WriteOutcome> first = send(cluster, node, json("1"), null, Condition.NONE, NAME);
    List<WriteOutcome> second = send(cluster, node, json("1"), null, Condition.NONE, NAME);
    cluster.until("two answers", 10_000, () -> !first.isEmpty() && !second.isEmpty());
    assertThat(refusal(second.get(0))).isEqualTo(ProblemKind.STILL_RUNNING);
    assertThat(((WriteOutcome.Rejected) second.get(0)).rejection().outcome())
        .isEqualTo(Rejection.Outcome.NONE);
    assertThat(written(put(cluster, node, "1"))).isEqualTo(written(first.get(0)));
  }

  @Test
  void aConditionIsNotJudgedAgain() {
    SimCluster cluster = cluster(4);
    String first = written(write(cluster, 0, json("1"), null, Condition.ABSENT, NAME));
    assertThat(refusal(write(cluster, 1, json("1"), null, Condition.ABSENT, null)))
        .isEqualTo(ProblemKind.PRECONDITION_FAILED);
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(written(write(cluster, node, json("1"), null, Condition.ABSENT, NAME)))
          .isEqualTo(first);
    }
    assertThat(standing(cluster, 0)).hasSize(1);
  }

  @Test
  void aDeleteThatFoundNothingIsRememberedToo() {
    SimCluster cluster = cluster(5);
    String first = written(write(cluster, 0, Content.tombstone(), null, Condition.NONE, NAME));
    written(cluster.put(1, "b", "k", "1", first));
    assertThat(written(write(cluster, 2, Content.tombstone(), null, Condition.NONE, NAME)))
        .isEqualTo(first);
    assertThat(Workload.shown(cluster.get(3, "b", "k"))).containsExactly(1);
  }

  /** The answers to a write of 1 and to this one, sent to two primaries at once. */
  private List<WriteOutcome> atOnce(
      SimCluster cluster, @Nullable String context, Content second, IdempotencyKey itsName) {
    List<WriteOutcome> answers =
        send(cluster, primaries.get(0), json("1"), context, Condition.NONE, NAME);
    List<WriteOutcome> others =
        send(cluster, primaries.get(1), second, context, Condition.NONE, itsName);
    cluster.until("two answers", 10_000, () -> !answers.isEmpty() && !others.isEmpty());
    cluster.runFor(1_000);
    return List.of(answers.get(0), others.get(0));
  }

  @Test
  void sentToTwoNodesAtOnceItIsShownOnceAndReplacedAsOne() {
    int twice = 0;
    for (long seed = 1; seed <= 40; seed++) {
      SimCluster cluster = cluster(seed);
      List<WriteOutcome> answers = atOnce(cluster, null, json("1"), NAME);
      twice += standing(cluster, 0).size() == 2 ? 1 : 0;
      ReadOutcome read = cluster.get(others.get(0), "b", "k");
      assertThat(((ReadOutcome.Found) read).values()).as("seed %d", seed).hasSize(1);
      String again = written(put(cluster, others.get(1), "1"));
      assertThat(again).isIn(written(answers.get(0)), written(answers.get(1)));
      written(cluster.put(others.get(0), "b", "k", "2", contextOf(read)));
      assertThat(Workload.shown(cluster.get(0, "b", "k"))).as("seed %d", seed).containsExactly(2);
    }
    assertThat(twice).as("runs in which one request made two events").isPositive();
  }

  @Test
  void whoWasToldOfOneOfTwoEventsReplacesBoth() {
    int twice = 0;
    for (long seed = 1; seed <= 20; seed++) {
      SimCluster cluster = cluster(seed);
      List<WriteOutcome> answers = atOnce(cluster, null, json("1"), NAME);
      twice += standing(cluster, 0).size() == 2 ? 1 : 0;
      String either = written(answers.get((int) seed % 2));
      written(cluster.put(others.get(0), "b", "k", "2", either));
      assertThat(Workload.shown(cluster.get(0, "b", "k"))).as("seed %d", seed).containsExactly(2);
    }
    assertThat(twice).as("runs in which one request made two events").isPositive();
  }

  @Test
  void ofTwoRequestsUnderOneNameAtOnceNoneIsHiddenOnceBothAreAcknowledged() {
    IdempotencyKey other = new IdempotencyKey(NAME.high(), NAME.low(), 4);
    int both = 0;
    for (long seed = 1; seed <= 20; seed++) {
      SimCluster cluster = cluster(seed);
      List<WriteOutcome> answers = atOnce(cluster, "", json("2"), other);
      if (answers.stream().allMatch(WriteOutcome.Written.class::isInstance)) {
        both++;
        assertThat(Workload.shown(cluster.get(others.get(0), "b", "k")))
            .as("seed %d", seed)
            .containsExactly(1, 2);
      }
    }
    assertThat(both).as("runs in which both were acknowledged").isPositive();
  }

  @Test
  void aRetryWhoseFirstTryIsFoundOnlyWhenItsConditionIsJudgedIsNotRefused() {
    RequestOptions one = new RequestOptions(null, Quorum.ONE, null, null, null, null);
    SimCluster cluster = cluster(1, 3, SimCluster.Options.PLAIN);
    int first = primaries.get(0);
    int second = primaries.get(1);
    cluster.isolate(first);
    List<WriteOutcome> answers = new ArrayList<>();
    WriteRequest request =
        new WriteRequest(
            "once",
            "b",
            "k".getBytes(StandardCharsets.UTF_8),
            json("1"),
            null,
            Condition.NONE,
            one,
            NAME);
    cluster.node(first).write(request, answers::add);
    cluster.until("it is written", 10_000, () -> !answers.isEmpty());
    String context = written(answers.get(0));
    WriteRequest again =
        new WriteRequest(
            "again",
            "b",
            "k".getBytes(StandardCharsets.UTF_8),
            json("1"),
            null,
            Condition.ABSENT,
            one,
            NAME);
    cluster.home(first).pause();
    cluster.healAll();
    cluster.node(second).write(again, answers::add);
    cluster.runFor(120);
    assertThat(answers).as("the condition waits for all primaries").hasSize(1);
    cluster.home(first).resume();
    cluster.until("an answer", 10_000, () -> answers.size() == 2);
    assertThat(written(answers.get(1))).isEqualTo(context);
    assertThat(Workload.shown(cluster.get(2, "b", "k"))).containsExactly(1);
  }

  @Test
  void aWriteWhoseCoordinatorDiedIsMadeOnceByItsRetry() {
    for (long seed = 1; seed <= 60; seed++) {
      Random random = new Random(seed);
      SimCluster cluster = cluster(seed);
      int coordinator = primaries.get(random.nextInt(3));
      List<WriteOutcome> first = send(cluster, coordinator, json("1"), null, Condition.NONE, NAME);
      cluster.runFor(random.nextInt(12));
      cluster.crash(coordinator);
      WriteOutcome again = put(cluster, others.get(0), "1");
      for (int i = 0; i < 20 && again instanceof WriteOutcome.Rejected; i++) {
        cluster.runFor(500);
        again = put(cluster, others.get(i % 2), "1");
      }
      String context = written(again);
      if (!first.isEmpty()) {
        assertThat(written(first.get(0))).as("seed %d", seed).isEqualTo(context);
      }
      cluster.restart(coordinator);
      cluster.awaitReady();
      cluster.runFor(10_000);
      ReadOutcome read = cluster.get(primaries.get(0), "b", "k");
      assertThat(((ReadOutcome.Found) read).values()).as("seed %d", seed).hasSize(1);
    }
  }

  @Test
  void whereTheCoordinatorIsLostTheDoorHandsANamedWriteOnOnce() {
    int handedOnAgain = 0;
    for (long seed = 1; seed <= 60; seed++) {
      SimCluster cluster = cluster(seed);
      List<WriteOutcome> answers =
          send(cluster, others.get(0), json("1"), null, Condition.NONE, NAME);
      cluster.runFor(new Random(seed).nextInt(6));
      Set<Integer> busy = new TreeSet<>();
      primaries.stream()
          .filter(i -> cluster.node(i).statistics().counters().writes > 0)
          .forEach(busy::add);
      busy.forEach(cluster::crash);
      cluster.until("an answer", 10_000, () -> !answers.isEmpty());
      if (answers.get(0) instanceof WriteOutcome.Rejected refused) {
        assertThat(refused.rejection().outcome()).isEqualTo(Rejection.Outcome.UNKNOWN);
        continue;
      }
      handedOnAgain += busy.isEmpty() ? 0 : 1;
      busy.forEach(cluster::restart);
      cluster.awaitReady();
      cluster.runFor(10_000);
      ReadOutcome read = cluster.get(primaries.get(0), "b", "k");
      assertThat(((ReadOutcome.Found) read).values()).as("seed %d", seed).hasSize(1);
    }
    assertThat(handedOnAgain).as("writes whose coordinator was lost").isPositive();
  }

  @Test
  void itIsRecognisedWhereOnlyFallbacksTookIt() {
    SimCluster cluster = cluster(7);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    String first = written(put(cluster, others.get(0), "1"));
    assertThat(written(put(cluster, others.get(1), "1"))).isEqualTo(first);
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    // Before the primaries have heard who keeps hints, a retry may make an event of its own.
    String second = written(put(cluster, primaries.get(0), "1"));
    cluster.runFor(20_000);
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(written(put(cluster, node, "1"))).isIn(first, second);
      ReadOutcome read = cluster.get(node, "b", "k");
      assertThat(((ReadOutcome.Found) read).values()).hasSize(1);
    }
  }

  @Test
  void itIsRecognisedWhereTheLastWriterWins() {
    SimCluster cluster = cluster(8);
    List<BucketOutcome> changed = new ArrayList<>();
    BucketChange change = new BucketChange(null, null, null, null, null, null, null, Conflict.LWW);
    cluster.node(0).changeBucket("named", "b", change, changed::add);
    cluster.until("the bucket is made", 10_000, () -> !changed.isEmpty());
    String first = written(put(cluster, 0, "1"));
    written(cluster.put(1, "b", "k", "2", null));
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(written(put(cluster, node, "1"))).isEqualTo(first);
      assertThat(Workload.shown(cluster.get(node, "b", "k"))).containsExactly(2);
    }
  }

  @Test
  void afterTheWindowAndOneMoreWriteItIsAnotherWrite() {
    SimCluster cluster = cluster(9);
    String first = written(put(cluster, 0, "1"));
    cluster.runFor(IdempotencyKey.WINDOW_MILLIS - 1_000);
    written(cluster.put(0, "b", "k", "2", first));
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(written(put(cluster, node, "1"))).isEqualTo(first);
    }
    cluster.runFor(60_000);
    assertThat(written(put(cluster, 0, "1"))).as("nothing was written since").isEqualTo(first);
    written(cluster.put(0, "b", "k", "3", null));
    cluster.runFor(1_000);
    assertThat(written(put(cluster, 1, "1"))).isNotEqualTo(first);
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(1);
  }

  @Test
  void aRetryAfterTheWindowIsRecognisedHoweverOftenItComesUntilTheNextWrite() {
    SimCluster cluster = cluster(9);
    String first = written(put(cluster, 0, "1"));
    cluster.runFor(IdempotencyKey.WINDOW_MILLIS + 60_000);
    for (int i = 0; i < 3 * cluster.size(); i++) {
      assertThat(written(put(cluster, i % cluster.size(), "1"))).as("retry %d", i).isEqualTo(first);
      cluster.runFor(1_000);
    }
    assertThat(standing(cluster, 0)).hasSize(1);
    written(cluster.put(0, "b", "k", "2", first));
    cluster.runFor(1_000);
    assertThat(written(put(cluster, 1, "1"))).isNotEqualTo(first);
  }

  @Test
  void afterARestartARecordIsKeptForAnotherWindow() {
    SimCluster cluster = cluster(9);
    String first = written(put(cluster, 0, "1"));
    cluster.runFor(IdempotencyKey.WINDOW_MILLIS / 2);
    for (int node : primaries) {
      cluster.crash(node);
      cluster.restart(node);
      cluster.awaitReady();
    }
    cluster.runFor(IdempotencyKey.WINDOW_MILLIS * 3 / 4);
    written(cluster.put(0, "b", "k", "2", first));
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(written(put(cluster, node, "1"))).isEqualTo(first);
    }
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(2);
  }

  // ---- bounds

  @Test
  void aKeyWithManyYoungRecordsRejectsOneMoreAndTakesItAMinuteLater() {
    SimCluster cluster = cluster(15);
    String context = null;
    for (int i = 0; i < IdempotencyRecord.MAX_YOUNG; i++) {
      IdempotencyKey name = new IdempotencyKey(8, i, i);
      context = written(write(cluster, i % 5, json("1"), context, Condition.NONE, name));
    }
    IdempotencyKey more = new IdempotencyKey(9, 9, 9);
    WriteOutcome refused = write(cluster, 0, json("2"), context, Condition.NONE, more);
    assertThat(refusal(refused)).isEqualTo(ProblemKind.TOO_MANY_REQUESTS);
    assertThat(((WriteOutcome.Rejected) refused).rejection().outcome())
        .isEqualTo(Rejection.Outcome.NONE);
    assertThat(((WriteOutcome.Rejected) refused).rejection().field()).isEqualTo("Idempotency-Key");
    IdempotencyKey oldest = new IdempotencyKey(8, 0, 0);
    written(write(cluster, 1, json("1"), null, Condition.NONE, oldest));
    written(cluster.put(0, "b", "k", "3", context));
    cluster.runFor(120_000);
    written(write(cluster, 0, json("2"), context, Condition.NONE, more));
    for (ReplicaReport.Holding holding : cluster.replicas(0, "b", "k").replicas()) {
      if (holding.primary() && holding.siblings() != null) {
        assertThat(holding.siblings().marks()).hasSizeLessThanOrEqualTo(IdempotencyRecord.MOST + 1);
      }
    }
  }

  @Test
  void aClockADayAheadMakesNoSecondEvent() {
    for (int ahead = 0; ahead < 5; ahead++) {
      SimCluster cluster = cluster(10);
      String first = written(write(cluster, 0, json("1"), null, Condition.ABSENT, NAME));
      cluster.home(ahead).skew(86_400_000);
      for (int node = 0; node < cluster.size(); node++) {
        assertThat(written(write(cluster, node, json("1"), null, Condition.ABSENT, NAME)))
            .as("sent again to %d, %d is ahead", node, ahead)
            .isEqualTo(first);
      }
      assertThat(standing(cluster, 0)).hasSize(1);
    }
  }

  @Test
  void whereTheCoordinatorIsLostAndNobodyElseCanTellTheFateIsUnknown() {
    int appeared = 0;
    for (long seed = 1; seed <= 120; seed++) {
      SimCluster cluster = cluster(seed);
      int door = others.get(0);
      cluster.crash(others.get(1));
      cluster.runFor(1_000);
      List<WriteOutcome> answers = send(cluster, door, json("1"), null, Condition.NONE, NAME);
      cluster.runFor(new Random(seed).nextInt(8));
      boolean begun =
          primaries.stream().anyMatch(i -> cluster.node(i).statistics().counters().writes > 0);
      primaries.forEach(cluster::crash);
      cluster.until("an answer", 10_000, () -> !answers.isEmpty());
      if (begun && answers.get(0) instanceof WriteOutcome.Rejected refused) {
        assertThat(refused.rejection().outcome())
            .as("seed %d: %s", seed, refused)
            .isEqualTo(Rejection.Outcome.UNKNOWN);
        primaries.forEach(cluster::restart);
        cluster.awaitReady();
        appeared += standing(cluster, door).isEmpty() ? 0 : 1;
      }
    }
    assertThat(appeared).as("writes that appeared after their refusal").isPositive();
  }

  @Test
  void whatWasMadeBeforeIsNeverDenied() {
    NodeLimits limits = new NodeLimits(4096, 1 << 16, 50, 400, 3_600_000);
    SimCluster cluster = cluster(11, SimCluster.Options.PLAIN.withLimits(limits));
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(put(cluster, others.get(0), "1"));
    for (int i = 0; i < 20; i++) {
      cluster.put(others.get(0), "b", "other" + i, "1", "");
    }
    WriteOutcome again = put(cluster, others.get(0), "1");
    if (again instanceof WriteOutcome.Rejected refused) {
      assertThat(refused.rejection().outcome()).isEqualTo(Rejection.Outcome.UNKNOWN);
    }
    assertThat(cluster.node(others.get(0)).statistics().counters().hintsRejected).isPositive();
  }

  @Test
  void itIsRecognisedByWhoKeptAHintAndWasKilledBeforeItCouldSaySo() {
    for (int a = 0; a < 4; a++) {
      for (int b = a + 1; b < 4; b++) {
        SimCluster cluster = cluster(12, 7, SimCluster.Options.PLAIN);
        List<Integer> away = List.of(others.get(a), others.get(b));
        List<Integer> there = others.stream().filter(i -> !away.contains(i)).toList();
        primaries.forEach(cluster::crash);
        away.forEach(cluster::crash);
        cluster.runFor(1_000);
        String first = written(put(cluster, there.get(0), "1"));
        there.forEach(cluster::crash);
        others.forEach(cluster::restart);
        cluster.restart(primaries.get(2));
        cluster.until(
            "those that are there serve",
            60_000,
            () -> cluster.node(primaries.get(2)).notReady() == null);
        cluster.runFor(5_000);
        assertThat(written(put(cluster, primaries.get(2), "1")))
            .as("%s were away", away)
            .isEqualTo(first);
      }
    }
  }
}
