package starling.node.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.storage.Durability;

class BucketPropertiesTest {
  private static RequestOptions options(String r, String w, String pr, String pw) {
    return new RequestOptions(quorum(r), quorum(w), quorum(pr), quorum(pw), null, null);
  }

  private static Quorum quorum(String text) {
    return text == null ? null : Quorum.parse(text);
  }

  @ParameterizedTest
  @CsvSource({"one,1,1", "one,5,1", "quorum,1,1", "quorum,3,2", "quorum,4,3", "all,3,3", "2,3,2"})
  void aNamedLevelFollowsN(String text, int n, int count) {
    assertThat(Quorum.parse(text).resolve(n)).isEqualTo(count);
    assertThat(Quorum.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "2.0", "most", "QUORUM", " 1", "99999"})
  void whatIsNoQuorumIsRefused(String text) {
    assertThatThrownBy(() -> Quorum.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eachSettingOfARequestStandsByItself() {
    BucketProperties defaults = BucketProperties.DEFAULT;
    assertThat(defaults.with(options("1", null, null, null)).r()).isEqualTo(Quorum.of(1));
    assertThat(defaults.with(options("1", null, null, null)).w()).isEqualTo(Quorum.QUORUM);
    assertThat(defaults.with(options(null, "all", null, null)).w()).isEqualTo(Quorum.ALL);
    assertThat(defaults.with(options(null, "all", null, null)).r()).isEqualTo(Quorum.QUORUM);
    assertThat(defaults.with(options(null, null, "2", null)).pr()).isEqualTo(Quorum.of(2));
    assertThat(defaults.with(options(null, null, null, "one")).pw()).isEqualTo(Quorum.ONE);
    RequestOptions slow = new RequestOptions(null, null, null, null, 10, Durability.REPLICATED);
    assertThat(defaults.with(slow).timeoutMillis()).isEqualTo(10);
    assertThat(defaults.with(slow).durability()).isEqualTo(Durability.REPLICATED);
    assertThat(defaults.with(RequestOptions.NONE)).isEqualTo(defaults);
  }

  @ParameterizedTest
  @CsvSource({"0,r", "4,r", "4,w", "0,w", "4,pr", "4,pw"})
  void aQuorumOutsideItsRangeIsNamed(String count, String field) {
    RequestOptions options =
        options(
            field.equals("r") ? count : null,
            field.equals("w") ? count : null,
            field.equals("pr") ? count : null,
            field.equals("pw") ? count : null);
    assertThat(BucketProperties.DEFAULT.with(options).fieldError())
        .isNotNull()
        .extracting(BucketProperties.FieldError::field)
        .isEqualTo(field);
  }

  @Test
  void noPrimaryIsRequiredUnlessAskedFor() {
    assertThat(BucketProperties.DEFAULT.with(options(null, null, "0", "0")).fieldError()).isNull();
  }

  @Test
  void timeoutsAreBounded() {
    for (int millis : new int[] {0, 60_001}) {
      RequestOptions options = new RequestOptions(null, null, null, null, millis, null);
      assertThat(BucketProperties.DEFAULT.with(options).fieldError())
          .isNotNull()
          .extracting(BucketProperties.FieldError::field)
          .isEqualTo("timeoutMs");
    }
  }
}
