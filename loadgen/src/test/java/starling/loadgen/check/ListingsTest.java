package starling.loadgen.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import starling.loadgen.check.Finding.Kind;
import starling.loadgen.check.Write.State;

/** Each kind of fault is planted in a listing, and found; what may be is not reported. */
class ListingsTest {
  private final Tally tally = new Tally();
  private final Histories histories = new Histories("p-", 3);
  private final Set<String> holding = new HashSet<>();

  /** What the next listings show; the last one is shown again and again. */
  private final Deque<List<String>> shown = new ArrayDeque<>();

  private final Listings listings =
      new Listings(
          () -> shown.size() > 1 ? shown.removeFirst() : shown.getFirst(), histories, tally);

  /** A key with one write, as a complete read has found it. */
  private KeyHistory key(int place, State state, boolean stands) {
    KeyHistory history = histories.at(place);
    history.ended(history.begin(false, false, Set.of()), state, false);
    history.judge(stands ? Set.of(0) : Set.of());
    if (stands) {
      holding.add(history.key());
    }
    return history;
  }

  private void show(String... keys) {
    shown.add(Arrays.asList(keys));
  }

  private List<Kind> atTheEnd() throws InterruptedException {
    assertThat(listings.atTheEnd(holding::contains, System.nanoTime())).isTrue();
    return tally.findings().stream().map(Finding::kind).toList();
  }

  private List<Kind> during() {
    listings.during();
    return tally.findings().stream().map(Finding::kind).toList();
  }

  @Test
  void aListingOfExactlyTheKeysWithValuesIsRight() throws InterruptedException {
    key(0, State.ACKNOWLEDGED, true);
    key(1, State.ACKNOWLEDGED, false);
    key(2, State.UNKNOWN, true);
    show("p-2", "p-0");
    assertThat(atTheEnd()).isEmpty();
    assertThat(tally.listings.sum()).isEqualTo(1);
  }

  @Test
  void aKeyThatIsMissingIsFound() throws InterruptedException {
    key(0, State.ACKNOWLEDGED, true);
    key(1, State.ACKNOWLEDGED, true);
    show("p-1");
    assertThat(atTheEnd()).containsExactly(Kind.UNLISTED);
  }

  @Test
  void aDeletedKeyThatIsShownIsFound() throws InterruptedException {
    key(0, State.ACKNOWLEDGED, true);
    key(1, State.ACKNOWLEDGED, false);
    show("p-0", "p-1");
    assertThat(atTheEnd()).containsExactly(Kind.MISLISTED);
  }

  @Test
  void aKeyThatIsRightInTheNextListingIsNotReported() throws InterruptedException {
    key(0, State.ACKNOWLEDGED, true);
    key(1, State.ACKNOWLEDGED, true);
    show("p-1");
    show("p-0");
    show("p-0", "p-1");
    assertThat(atTheEnd()).as("no key is missing twice in a row").isEmpty();
    assertThat(tally.listings.sum()).isEqualTo(3);
  }

  @Test
  void aWriteThatHappensAfterTheLastReadIsNotReported() throws InterruptedException {
    KeyHistory late = key(0, State.UNKNOWN, false);
    holding.add(late.key());
    show("p-0");
    assertThat(atTheEnd()).isEmpty();
  }

  @Test
  void whileClientsWriteAKeyMayBeMissingOrShown() {
    key(0, State.ACKNOWLEDGED, true);
    key(1, State.ACKNOWLEDGED, false);
    show("p-1");
    assertThat(during()).isEmpty();
    assertThat(tally.listings.sum()).isEqualTo(1);
  }

  @Test
  void aKeyThatComesTwiceIsFound() {
    key(0, State.ACKNOWLEDGED, true);
    show("p-0", "p-0");
    assertThat(during()).containsExactly(Kind.MISLISTED);
  }

  @Test
  void aKeyThatNoClientWroteIsFound() {
    key(0, State.REJECTED, false);
    KeyHistory deleted = histories.at(1);
    deleted.begin(true, false, Set.of());
    show("p-0", "p-1", "p-7");
    assertThat(during()).containsExactly(Kind.MISLISTED, Kind.MISLISTED, Kind.MISLISTED);
  }
}
