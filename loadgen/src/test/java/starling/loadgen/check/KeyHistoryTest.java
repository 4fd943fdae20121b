package starling.loadgen.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import starling.loadgen.check.Finding.Kind;
import starling.loadgen.check.Write.State;

/** Each kind of fault is planted in what a read shows, and found; what may be is not reported. */
class KeyHistoryTest {
  private final KeyHistory history = new KeyHistory("k");

  private int write(State state, Integer... seen) {
    return ended(history.begin(false, false, Set.of(seen)), state);
  }

  private int blind(State state) {
    return ended(history.begin(false, true, Set.of()), state);
  }

  private int delete(State state, Integer... seen) {
    return ended(history.begin(true, false, Set.of(seen)), state);
  }

  private int ended(int id, State state) {
    history.ended(id, state, false);
    return id;
  }

  private List<Kind> judged(Integer... standing) {
    return history.judge(Set.of(standing)).stream().map(Finding::kind).toList();
  }

  @Test
  void aLostWriteIsFound() {
    int a = write(State.ACKNOWLEDGED);
    int b = write(State.ACKNOWLEDGED);
    assertThat(judged(a, b)).as("siblings").isEmpty();
    assertThat(judged(a)).as("one sibling is gone").containsExactly(Kind.LOST);
    assertThat(judged()).containsExactly(Kind.LOST, Kind.LOST);
  }

  @Test
  void onlyAWriteThatHadSeenItAccountsForAWriteThatIsGone() {
    int a = write(State.ACKNOWLEDGED);
    int b = write(State.ACKNOWLEDGED, a);
    int c = write(State.ACKNOWLEDGED, b);
    assertThat(judged(c)).as("replaced in two steps").isEmpty();
    int d = write(State.ACKNOWLEDGED);
    assertThat(judged(d)).as("d had seen nothing").contains(Kind.LOST);
    assertThat(judged(c, d)).isEmpty();
  }

  @Test
  void aWriteOfUnknownOutcomeMayHaveReplacedOthersAndNeedsNoAccount() {
    int a = write(State.ACKNOWLEDGED);
    int b = write(State.UNKNOWN, a);
    assertThat(judged(a)).as("it did not happen").isEmpty();
    assertThat(judged(b)).as("it happened").isEmpty();
    assertThat(judged()).as("a is gone, and so is what replaced it").containsExactly(Kind.LOST);
    int c = write(State.ACKNOWLEDGED, b);
    assertThat(judged(c)).isEmpty();
  }

  @Test
  void aDeleteAccountsForWhatItHadSeenAlone() {
    int a = write(State.ACKNOWLEDGED);
    delete(State.UNKNOWN, a);
    assertThat(judged()).isEmpty();
    assertThat(judged(a)).isEmpty();
    int b = write(State.ACKNOWLEDGED);
    assertThat(judged()).as("the delete had not seen b").containsExactly(Kind.LOST);
    assertThat(judged(b)).isEmpty();
  }

  @Test
  void aRejectedDeleteAccountsForNothing() {
    int a = write(State.ACKNOWLEDGED);
    delete(State.REJECTED, a);
    assertThat(judged()).containsExactly(Kind.LOST);
  }

  @Test
  void anInventedValueIsFound() {
    int a = write(State.ACKNOWLEDGED);
    int no = write(State.REJECTED, a);
    int gone = delete(State.ACKNOWLEDGED);
    assertThat(judged(a, 17)).as("no client wrote it").containsExactly(Kind.INVENTED);
    assertThat(judged(a, Tokens.FOREIGN)).containsExactly(Kind.INVENTED);
    assertThat(judged(a, no)).as("it was rejected").containsExactly(Kind.INVENTED);
    assertThat(judged(a, gone)).as("a delete is no value").containsExactly(Kind.INVENTED);
  }

  @Test
  void aDeletedValueThatComesBackIsFound() {
    int a = write(State.ACKNOWLEDGED);
    int b = write(State.ACKNOWLEDGED, a);
    delete(State.ACKNOWLEDGED, b);
    assertThat(judged()).isEmpty();
    assertThat(judged(b)).containsExactly(Kind.RETURNED);
    assertThat(judged(a)).as("seen by what the delete had seen").containsExactly(Kind.RETURNED);
  }

  @Test
  void aValueBesideTheOneThatReplacedItIsFound() {
    int a = write(State.ACKNOWLEDGED);
    int b = write(State.UNKNOWN, a);
    assertThat(judged(a, b)).containsExactly(Kind.RETURNED);
  }

  @Test
  void aWriteWithoutAContextAccountsForWhatBeganBeforeItEnded() {
    int a = write(State.ACKNOWLEDGED);
    int during = history.begin(false, false, Set.of());
    int b = blind(State.ACKNOWLEDGED);
    ended(during, State.ACKNOWLEDGED);
    assertThat(judged(b)).isEmpty();
    int c = write(State.ACKNOWLEDGED);
    assertThat(judged(b)).as("c began later").containsExactly(Kind.LOST);
    assertThat(judged(a, c)).as("b and what it replaced are gone").hasSize(2);
  }

  @Test
  void onlyARepeatedWriteWithoutAContextMayStandBesideWhatReplacedIt() {
    int a = history.begin(false, true, Set.of());
    history.ended(a, State.ACKNOWLEDGED, true);
    int b = write(State.ACKNOWLEDGED, a);
    assertThat(judged(a, b)).isEmpty();
    int c = history.begin(false, false, Set.of(b));
    history.ended(c, State.ACKNOWLEDGED, true);
    int d = write(State.ACKNOWLEDGED, c);
    assertThat(judged(c, d)).containsExactly(Kind.RETURNED);
  }

  @Test
  void aSessionThatForgetsIsFound() {
    int a = write(State.ACKNOWLEDGED);
    int b = write(State.ACKNOWLEDGED);
    int c = write(State.ACKNOWLEDGED, a);
    assertThat(history.forgotten(Set.of(b, c), Set.of(a))).isEmpty();
    assertThat(history.forgotten(Set.of(b), Set.of(a)))
        .extracting(Finding::kind)
        .containsExactly(Kind.FORGOTTEN);
    assertThat(history.forgotten(Set.of(), Set.of(b))).hasSize(1);
  }

  @Test
  void valuesNameTheirKeyAndWrite() {
    assertThat(Tokens.id(history, Tokens.text(history, 12))).isEqualTo(12);
    for (String foreign : List.of("", "k", "k#", "k#x", "k#-1", "kk#1", "k#1#2", "j#1")) {
      assertThat(Tokens.id(history, foreign)).as(foreign).isEqualTo(Tokens.FOREIGN);
    }
  }
}
