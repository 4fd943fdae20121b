package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.topology.Sample.apply;
import static starling.node.topology.Sample.copy;
import static starling.node.topology.Sample.flip;
import static starling.node.topology.Sample.joining;
import static starling.node.topology.Sample.layout;
import static starling.node.topology.Sample.member;
import static starling.node.topology.Sample.settle;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.topology.Epochs.Decision;
import starling.sim.SplitMix;

/** Which requests a replica serves while lists move, and when it has entered an epoch. */
class EpochsTest {
  private static final RingState THREE = Sample.founded(1, 2, 3, 1);
  private static final RingState COPYING =
      apply(THREE, member(joining(4)), layout(1, 2, 4, 1), copy(2, 0));

  @Test
  void aRequestIsServedUnderItsOwnEpochOnly() {
    Epochs epochs = new Epochs(THREE);
    assertThat(epochs.decide(0, "b", 1)).isEqualTo(Decision.SERVE);
    assertThat(epochs.decide(0, "b", 2)).isEqualTo(Decision.REPLICA_BEHIND);
    epochs.inForce(COPYING);
    assertThat(epochs.decide(0, "b", 1)).isEqualTo(Decision.SENDER_BEHIND);
    assertThat(epochs.decide(0, "b", 2)).isEqualTo(Decision.SERVE);
  }

  @Test
  void aChangeOfAnotherPartitionRejectsNothing() {
    Epochs epochs = new Epochs(THREE);
    epochs.inForce(COPYING);
    for (int partition = 1; partition < 4; partition++) {
      assertThat(epochs.decide(partition, "b", 1)).isEqualTo(Decision.SERVE);
    }
    RingState bucket = apply(COPYING, new RingChange.SetBucket("b", 2, 0));
    epochs.inForce(bucket);
    assertThat(epochs.decide(1, "b", 1)).isEqualTo(Decision.SENDER_BEHIND);
    assertThat(epochs.decide(1, "c", 1)).isEqualTo(Decision.SERVE);
  }

  @Test
  void anEpochIsEnteredWhenEarlierRequestsHaveEnded() {
    Epochs epochs = new Epochs(THREE);
    long begun = epochs.begin(0);
    assertThat(epochs.entered(0, 2)).isFalse();
    epochs.inForce(COPYING);
    assertThat(epochs.entered(0, 2)).isFalse();
    assertThat(epochs.entered(0, 1)).isTrue();
    assertThat(epochs.entered(1, 1)).isTrue();
    long later = epochs.begin(0);
    epochs.end(0, begun);
    assertThat(epochs.entered(0, 2)).isTrue();
    epochs.end(0, later);
    assertThatThrownBy(() -> epochs.end(0, later)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> epochs.inForce(THREE)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aRequestBeforeSeveralRecordsHoldsUpTheFirstOfThem() {
    Epochs epochs = new Epochs(THREE);
    long begun = epochs.begin(0);
    epochs.inForce(apply(COPYING, copy(2, 1)));
    assertThat(epochs.entered(0, 2)).isFalse();
    epochs.end(0, begun);
    assertThat(epochs.entered(0, 2)).isTrue();
  }

  /** One request of the model that knows every request under way. */
  private record Open(int partition, long begun) {}

  @Test
  void enteringIsWhatAListOfAllRequestsSays() {
    List<RingState> rings = new ArrayList<>(List.of(THREE, COPYING));
    rings.add(apply(rings.get(1), flip(0), copy(2, 1)));
    rings.add(apply(rings.get(2), new RingChange.SetBucket("b", 2, 0)));
    rings.add(apply(rings.get(3), settle(0), flip(1)));
    rings.add(apply(rings.get(4), settle(1), copy(2, 2)));
    rings.add(apply(rings.get(5), flip(2)));
    for (long seed = 1; seed <= 300; seed++) {
      SplitMix random = new SplitMix(seed);
      Epochs epochs = new Epochs(rings.get(0));
      List<Open> open = new ArrayList<>();
      int at = 0;
      for (int i = 0; i < 120; i++) {
        int kind = (int) Math.floorMod(random.nextLong(), 12L);
        if (kind == 0 && at + 1 < rings.size()) {
          // Sometimes several records at once.
          at = Math.min(rings.size() - 1, at + 1 + (int) (random.nextLong() >>> 62));
          epochs.inForce(rings.get(at));
        } else if (kind < 6) {
          int partition = (int) Math.floorMod(random.nextLong(), 4L);
          open.add(new Open(partition, epochs.begin(partition)));
        } else if (!open.isEmpty()) {
          Open ended = open.remove((int) Math.floorMod(random.nextLong(), (long) open.size()));
          epochs.end(ended.partition, ended.begun);
        }
        RingState state = rings.get(at);
        for (int partition = 0; partition < 4; partition++) {
          for (String bucket : List.of("b", "c")) {
            int of = partition;
            long epoch = state.epoch(partition, bucket);
            boolean entered =
                open.stream().noneMatch(each -> each.partition == of && each.begun < epoch);
            assertThat(epochs.entered(partition, epoch)).isEqualTo(entered);
          }
        }
      }
    }
  }
}
