package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.wire.ProblemKind;

/** Which members must agree before the properties of a bucket change. */
class BucketChangesTest {
  private static final BucketChange PW_ALL =
      new BucketChange(null, null, null, null, Quorum.ALL, null, null, null);
  private static final BucketChange N_FIVE = n(5);
  private static final BucketChange LAST_WRITER_WINS =
      new BucketChange(null, null, null, null, null, null, null, Conflict.LWW);

  /** After a change that was rejected members take nothing for the bucket for so long. */
  private static final long FENCED_MILLIS = 12_000;

  private final SimCluster cluster = new SimCluster(96, 5).awaitReady();

  private static BucketChange n(int n) {
    return new BucketChange(n, null, null, null, null, null, null, null);
  }

  private static Rejection rejection(@Nullable BucketOutcome outcome) {
    assertThat(outcome).isInstanceOf(BucketOutcome.Rejected.class);
    return ((BucketOutcome.Rejected) outcome).rejection();
  }

  private void write(int node, String bucket) {
    assertThat(cluster.put(node, bucket, "k", "1", "")).isInstanceOf(WriteOutcome.Written.class);
    cluster.runFor(2_000);
  }

  @Test
  void aMajorityIsEnoughForAQuorum() {
    cluster.isolate(3);
    cluster.isolate(4);
    assertThat(cluster.changeBucket(0, "b", PW_ALL)).isInstanceOf(BucketOutcome.Changed.class);
    for (int i = 0; i < 3; i++) {
      assertThat(cluster.node(i).bucket("b").pw()).as("n%d", i).isEqualTo(Quorum.ALL);
    }
  }

  @Test
  void withoutAMajorityAChangeMayAppearLater() {
    for (int away : List.of(2, 3, 4)) {
      cluster.isolate(away);
    }
    Rejection rejection = rejection(cluster.changeBucket(0, "b", PW_ALL));
    assertThat(rejection.kind()).isEqualTo(ProblemKind.UNAVAILABLE);
    assertThat(rejection.outcome()).isEqualTo(Rejection.Outcome.UNKNOWN);
    assertThat(rejection.required()).isEqualTo(3);
    assertThat(rejection.acknowledged()).containsExactly("n1");
    cluster.healAll();
    cluster.until("all have it", 60_000, () -> cluster.node(4).bucket("b").pw().equals(Quorum.ALL));
  }

  @Test
  void everyMemberMustAgreeToAnotherN() {
    cluster.isolate(4);
    Rejection rejection = rejection(cluster.changeBucket(0, "b", N_FIVE));
    assertThat(rejection.kind()).isEqualTo(ProblemKind.UNAVAILABLE);
    assertThat(rejection.required()).isEqualTo(5);
    assertThat(cluster.node(0).bucket("b").n()).isEqualTo(3);
    cluster.healAll();
    cluster.runFor(FENCED_MILLIS);
    assertThat(cluster.changeBucket(0, "b", N_FIVE)).isInstanceOf(BucketOutcome.Changed.class);
  }

  @Test
  void nOfABucketThatAnyMemberHoldsIsFixed() {
    write(0, "b");
    for (int i = 0; i < 5; i++) {
      assertThat(rejection(cluster.changeBucket(i, "b", N_FIVE)).kind())
          .as("at n%d", i)
          .isEqualTo(ProblemKind.NOT_BUILT);
      cluster.runFor(FENCED_MILLIS);
    }
    assertThat(cluster.changeBucket(0, "b", PW_ALL)).isInstanceOf(BucketOutcome.Changed.class);
  }

  @Test
  void theConflictRuleOfABucketThatWasMadeIsFixed() {
    assertThat(cluster.changeBucket(0, "b", PW_ALL)).isInstanceOf(BucketOutcome.Changed.class);
    Rejection rejection = rejection(cluster.changeBucket(1, "b", LAST_WRITER_WINS));
    assertThat(rejection.kind()).isEqualTo(ProblemKind.BUCKET_CONFLICT);
    assertThat(rejection.field()).isEqualTo("conflict");
  }

  @Test
  void ofTwoChangesOfNAtOnceOneIsRejected() {
    List<BucketOutcome> outcomes = new ArrayList<>();
    cluster.node(0).changeBucket("one", "b", N_FIVE, outcomes::add);
    cluster.node(0).changeBucket("two", "b", n(1), outcomes::add);
    assertThat(outcomes).as("rejected before any member is fenced for it").hasSize(1);
    cluster.until("both are answered", 10_000, () -> outcomes.size() == 2);
    assertThat(rejection(outcomes.get(0)).kind()).isEqualTo(ProblemKind.UNAVAILABLE);
    assertThat(outcomes.get(1)).isInstanceOf(BucketOutcome.Changed.class);
    assertThat(cluster.node(3).bucket("b").n()).isEqualTo(5);
  }

  @Test
  void propertiesThatContradictEachOtherNameTheirField() {
    Rejection rejection = rejection(cluster.changeBucket(0, "b", n(0)));
    assertThat(rejection.kind()).isEqualTo(ProblemKind.BAD_BODY);
    assertThat(rejection.field()).isEqualTo("n");
  }
}
