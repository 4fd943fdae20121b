package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.request.BatchRequest;
import starling.node.request.BatchRequest.Operation;
import starling.node.request.ListOutcome;
import starling.node.request.ListRequest;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.workload.Workload;
import starling.node.version.Content;
import starling.wire.ProblemKind;

/** Listings in a whole cluster: every key once, from complete replicas, whatever is down. */
class ListingHistoriesTest {
  private static final int KEYS = 300;

  /** All pages of one listing. */
  private static final class Listed {
    final List<String> keys = new ArrayList<>();
    final List<ReadOutcome.Found> values = new ArrayList<>();
    final List<Integer> sizes = new ArrayList<>();
    int missing;

    SortedSet<String> once() {
      assertThat(keys).doesNotHaveDuplicates();
      return new TreeSet<>(keys);
    }
  }

  private static SimCluster filled(long seed, int size) {
    SimCluster cluster = new SimCluster(seed, size).awaitReady();
    fill(cluster, "b", KEYS);
    return cluster;
  }

  private static void fill(SimCluster cluster, String bucket, int keys) {
    List<Operation> puts = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      Content content = Content.json(SimCluster.bytes("" + i));
      puts.add(new BatchRequest.Change(SimCluster.bytes("k" + i), content, null, null));
    }
    List<Integer> written = new ArrayList<>();
    cluster.ask(
        done ->
            cluster
                .node(0)
                .batch(
                    new BatchRequest("fill", bucket, RequestOptions.NONE, puts),
                    new BatchRequest.Listener() {
                      @Override
                      public void onRead(int index, ReadOutcome outcome) {}

                      @Override
                      public void onWrite(int index, WriteOutcome outcome) {
                        assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
                        written.add(index);
                      }

                      @Override
                      public void onEnd() {
                        done.accept("written");
                      }
                    }));
    assertThat(written).hasSize(keys);
    // The last primary of each key has it, too.
    cluster.runFor(1_000);
  }

  private static SortedSet<String> names(int keys) {
    SortedSet<String> names = new TreeSet<>();
    for (int i = 0; i < keys; i++) {
      names.add("k" + i);
    }
    return names;
  }

  private static ListRequest request(
      String bucket, String prefix, @Nullable String cursor, int limit, boolean values) {
    return new ListRequest("list", bucket, SimCluster.bytes(prefix), cursor, limit, values, null);
  }

  private static ListOutcome page(SimCluster cluster, int node, ListRequest request) {
    return cluster.ask(done -> cluster.node(node).list(request, done));
  }

  private static ListOutcome.Page good(SimCluster cluster, int node, ListRequest request) {
    ListOutcome outcome = page(cluster, node, request);
    assertThat(outcome).isInstanceOf(ListOutcome.Page.class);
    return (ListOutcome.Page) outcome;
  }

  /** Lists everything, each page at the next of these nodes. */
  private static Listed list(
      SimCluster cluster, List<Integer> nodes, String prefix, int limit, boolean values) {
    Listed listed = new Listed();
    String cursor = null;
    int turn = 0;
    do {
      int node = nodes.get(turn++ % nodes.size());
      ListOutcome.Page page = good(cluster, node, request("b", prefix, cursor, limit, values));
      listed.sizes.add(page.entries().size());
      listed.missing = page.missing();
      for (ListOutcome.Entry entry : page.entries()) {
        listed.keys.add(new String(entry.key(), StandardCharsets.UTF_8));
        listed.values.add(entry.found());
      }
      if (page.cursor() != null) {
        assertThat(page.cursor()).as("goes on").isNotEqualTo(cursor);
      }
      cursor = page.cursor();
    } while (cursor != null);
    return listed;
  }

  @Test
  void everyKeyComesOnceWhicheverNodeAnswersAPage() {
    SimCluster cluster = filled(601, 5);
    fill(cluster, "other", 20);
    Listed small = list(cluster, List.of(0, 1, 2, 3, 4), "", 7, false);
    assertThat(small.once()).isEqualTo(names(KEYS));
    assertThat(small.sizes).allMatch(size -> size <= 7);
    assertThat(small.missing).isZero();
    for (int node = 0; node < 5; node++) {
      Listed whole = list(cluster, List.of(node), "", 10_000, false);
      assertThat(whole.keys).isEqualTo(small.keys);
    }
  }

  @Test
  void aPrefixKeepsTheKeysThatBeginWithIt() {
    SimCluster cluster = filled(602, 3);
    Listed listed = list(cluster, List.of(1), "k1", 10, false);
    SortedSet<String> wanted = names(KEYS);
    wanted.removeIf(name -> !name.startsWith("k1"));
    assertThat(listed.once()).isEqualTo(wanted);
    assertThat(list(cluster, List.of(1), "nobody", 10, false).keys).isEmpty();
  }

  @Test
  void aDeletedKeyIsNotListed() {
    SimCluster cluster = filled(603, 3);
    SortedSet<String> left = names(KEYS);
    for (int i = 0; i < 20; i++) {
      cluster.delete(i % 3, "b", "k" + i, null);
      left.remove("k" + i);
    }
    cluster.runFor(1_000);
    for (boolean values : new boolean[] {false, true}) {
      assertThat(list(cluster, List.of(0, 1, 2), "", 50, values).once()).isEqualTo(left);
    }
  }

  @Test
  void valuesComeWithContextsThatReplaceThem() {
    SimCluster cluster = filled(604, 5);
    Listed listed = list(cluster, List.of(2), "", 100, true);
    for (int i = 0; i < KEYS; i++) {
      String key = listed.keys.get(i);
      ReadOutcome.Found found = listed.values.get(i);
      assertThat(Workload.shown(found)).containsExactly(Integer.parseInt(key.substring(1)));
    }
    String key = listed.keys.get(0);
    cluster.put(0, "b", key, "999", listed.values.get(0).context());
    assertThat(Workload.shown(cluster.get(1, "b", key))).containsExactly(999);
  }

  @Test
  void aSetThatIsTooLongForAMessageIsReadByItself() {
    SimCluster cluster = new SimCluster(605, 5).awaitReady();
    String text = "\"" + "x".repeat(400_000) + "\"";
    for (int i = 0; i < 6; i++) {
      cluster.put(0, "b", "k" + i, text, null);
    }
    cluster.runFor(1_000);
    for (int node = 0; node < 5; node++) {
      Listed listed = list(cluster, List.of(node), "", 1_000, true);
      assertThat(listed.once()).isEqualTo(names(6));
      assertThat(listed.values)
          .allMatch(found -> found.values().get(0).content().valueBytes() == text.length());
      assertThat(listed.sizes).as("a page has few of them").allMatch(size -> size <= 3);
    }
  }

  @Test
  void aCursorSurvivesTheRestartOfEveryNode() {
    SimCluster cluster = filled(606, 3);
    ListOutcome.Page first = good(cluster, 0, request("b", "", null, 100, false));
    for (int node = 0; node < 3; node++) {
      cluster.crash(node);
    }
    for (int node = 0; node < 3; node++) {
      cluster.restart(node);
    }
    cluster.awaitReady();
    cluster.until(
        "all partitions are complete",
        60_000,
        () -> cluster.node(1).statistics().incompletePartitions() == 0);
    ListOutcome.Page rest = good(cluster, 1, request("b", "", first.cursor(), 1_000, false));
    List<String> keys = new ArrayList<>();
    first.entries().forEach(entry -> keys.add(new String(entry.key(), StandardCharsets.UTF_8)));
    rest.entries().forEach(entry -> keys.add(new String(entry.key(), StandardCharsets.UTF_8)));
    assertThat(keys).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(keys)).isEqualTo(names(KEYS));
  }

  @Test
  void anIncompleteReplicaDoesNotAnswer() {
    SimCluster cluster = filled(607, 3);
    cluster.wipe(0, true);
    cluster.restart(0);
    cluster.until("it serves", 60_000, () -> cluster.node(0).notReady() == null);
    assertThat(cluster.node(0).statistics().incompletePartitions()).isPositive();
    Listed listed = list(cluster, List.of(0), "", 1_000, false);
    assertThat(listed.once()).isEqualTo(names(KEYS));
    assertThat(listed.missing).isZero();
  }

  @Test
  void aSilentReplicaIsPassedOver() {
    SimCluster cluster = filled(608, 5);
    cluster.isolate(1);
    Listed listed = list(cluster, List.of(0), "", 1_000, false);
    assertThat(listed.once()).isEqualTo(names(KEYS));
    assertThat(listed.missing).isZero();
  }

  @Test
  void partitionsWithoutACompleteReplicaAreMissingAndSaidToBe() {
    SimCluster cluster = filled(609, 5);
    List<Integer> down = cluster.primaries("b", "k7");
    int up = cluster.others(down).get(0);
    down.forEach(cluster::crash);
    Listed listed = list(cluster, List.of(up), "", 7, false);
    assertThat(listed.missing).isPositive();
    assertThat(listed.once()).doesNotContain("k7").isSubsetOf(names(KEYS));
    assertThat(listed.keys).hasSizeGreaterThan(KEYS / 4);
    down.forEach(cluster::restart);
    cluster.awaitReady();
    cluster.until(
        "all partitions are complete",
        60_000,
        () ->
            down.stream().allMatch(i -> cluster.node(i).statistics().incompletePartitions() == 0));
    Listed again = list(cluster, List.of(up), "", 7, false);
    assertThat(again.once()).isEqualTo(names(KEYS));
    assertThat(again.missing).isZero();
  }

  @Test
  void aDamagedCursorAndOneOfAnotherListingAreRejected() {
    SimCluster cluster = filled(610, 3);
    String cursor = good(cluster, 0, request("b", "k", null, 10, false)).cursor();
    assertThat(cursor).isNotNull();
    List<ListRequest> bad = new ArrayList<>();
    bad.add(request("other", "k", cursor, 10, false));
    bad.add(request("b", "k1", cursor, 10, false));
    bad.add(request("b", "k", cursor + "AA", 10, false));
    bad.add(request("b", "k", cursor.substring(1), 10, false));
    bad.add(request("b", "k", "", 10, false));
    bad.add(request("b", "k", "no cursor", 10, false));
    bad.add(request("b", "k", "A".repeat(5_000), 10, false));
    for (int i = 0; i < cursor.length(); i++) {
      char other = cursor.charAt(i) == 'A' ? 'E' : 'A';
      bad.add(
          request("b", "k", cursor.substring(0, i) + other + cursor.substring(i + 1), 10, false));
    }
    for (ListRequest request : bad) {
      ListOutcome outcome = page(cluster, 0, request);
      assertThat(outcome).as(request.cursor()).isInstanceOf(ListOutcome.Rejected.class);
      Rejection rejection = ((ListOutcome.Rejected) outcome).rejection();
      assertThat(rejection.kind()).isEqualTo(ProblemKind.BAD_PARAMETER);
      assertThat(rejection.field()).isEqualTo("cursor");
    }
    SimCluster another = filled(611, 3);
    assertThat(page(another, 0, request("b", "k", cursor, 10, false)))
        .isInstanceOf(ListOutcome.Rejected.class);
  }

  @Test
  void aNodeRejectsMorePagesThanItMayHaveUnderWay() {
    SimCluster cluster = filled(612, 3);
    List<ListOutcome> outcomes = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 40; i++) {
      cluster.node(0).list(request("b", "", null, 10, false), outcomes::add);
    }
    assertThat(outcomes).hasSize(8).allMatch(each -> each instanceof ListOutcome.Rejected);
    cluster.until("all have ended", 10_000, () -> outcomes.size() == 40);
    assertThat(outcomes.subList(8, 40)).allMatch(each -> each instanceof ListOutcome.Page);
    assertThat(page(cluster, 0, request("b", "", null, 10, false)))
        .isInstanceOf(ListOutcome.Page.class);
  }
}
