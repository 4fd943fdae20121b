package starling.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1:7946", "[::1]:7946", "node-1.example:0", "[fe80::1%eth0]:65535"})
  void anAddressIsPrintedAsItIsRead(String text) {
    assertThat(Address.parse(text)).hasToString(text);
  }

  @Test
  void bracketsAreNoPartOfTheHost() {
    assertThat(Address.parse("[::1]:7946")).isEqualTo(new Address("::1", 7946));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, has no port",
    "::1:7946, in brackets",
    "[::1]7946, not [IPv6]:PORT",
    "[host]:1, not [IPv6]:PORT",
    ":7946, a host has 1 to 253",
    "host:, a port is a number",
    "host:x, a port is a number",
    "host:-1, a port is a number",
    "host:70000, 0 to 65535",
    "host:123456, a port is a number",
    "ho st:1, U+0020",
    "höst:1, U+00F6",
    "http://host:1, in brackets",
  })
  void aBadAddressIsRefusedWithWords(String text, String words) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse(text))
        .withMessageContaining("'" + text + "'")
        .withMessageContaining(words);
  }
}
