package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.topology.Sample.id;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which member walks which others before its new list may answer reads. */
class WalksTest {
  private static final List<UUID> OLD = ids(1, 2, 3);

  @Test
  void aNewcomerWalksTheMemberWhosePlaceItTakes() {
    assertThat(walks(ids(4, 2, 3)).sources()).isEqualTo(Map.of(id(4), ids(1)));
  }

  @Test
  void inThePlaceOfABannedMemberItWalksAllOthers() {
    Walks walks = walks(ids(4, 2, 3), id(1));
    assertThat(walks.sources()).isEqualTo(Map.of(id(4), ids(2, 3)));
    assertThat(walks.enough()).isTrue();
    assertThat(walks(ids(4, 5, 3), id(1), id(2)).enough()).isFalse();
  }

  @Test
  void inALongerListEachNewcomerWalksAllOfTheOldOne() {
    assertThat(walks(ids(1, 2, 3, 4, 5)).sources()).isEqualTo(Map.of(id(4), OLD, id(5), OLD));
  }

  @Test
  void inAShorterListEachThatStaysWalksAllThatGo() {
    assertThat(walks(ids(2)).sources()).isEqualTo(Map.of(id(2), ids(1, 3)));
  }

  private static Walks walks(List<UUID> to, UUID... excluded) {
    return new Walks(OLD, to, Pairing.of(OLD, to, List.of(), 2), Set.of(excluded));
  }

  private static List<UUID> ids(int... nodes) {
    return IntStream.of(nodes).mapToObj(Sample::id).toList();
  }
}
