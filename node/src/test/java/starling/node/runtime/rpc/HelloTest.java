package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport.Channel;
import starling.node.version.MalformedException;

class HelloTest {
  private static final Hello SAMPLE =
      new Hello(
          Channel.DATA,
          "prod",
          UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
          UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
          new ProcessIncarnation(7, -2),
          258,
          new Address("::1", 7946));

  @Test
  void theBytesOfAGreetingNeverChangeWithinAVersion() {
    assertThat(HexFormat.of().formatHex(SAMPLE.encode()))
        .isEqualTo(
            "5354524c" // magic
                + "0303" // versions
                + "01" // data
                + "0470726f64" // prod
                + "00112233445566778899aabbccddeeff"
                + "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                + "0000000000000007"
                + "fffffffffffffffe"
                + "0000000000000102"
                + "033a3a31" // ::1
                + "8a3e"); // 7946
    assertThat(Hello.decode(SAMPLE.encode())).isEqualTo(SAMPLE);
  }

  @Test
  void theBytesOfARefusalNeverChangeEither() {
    HandshakeRejection refused =
        new HandshakeRejection(RejectionReason.SECOND, new ProcessIncarnation(7, 1), "no");
    assertThat(HexFormat.of().formatHex(refused.encode()))
        .isEqualTo("05" + "0000000000000007" + "0000000000000001" + "026e6f");
    assertThat(HandshakeRejection.decode(refused.encode())).isEqualTo(refused);
  }

  @Test
  void eachReasonHasItsOwnCodeAndALaterVersionsReasonIsTakenForNone() {
    for (RejectionReason reason : RejectionReason.values()) {
      assertThat(RejectionReason.of(reason.code())).isEqualTo(reason);
    }
    assertThat(RejectionReason.of(200)).isEqualTo(RejectionReason.MALFORMED);
  }

  @Test
  void aGreetingCutAnywhereOrWithATailIsMalformed() {
    byte[] whole = SAMPLE.encode();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(
              () -> {
                String unknown = Hello.unknownVersion(cut);
                assertThat(unknown).isNull();
                Hello.decode(cut);
              })
          .isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> Hello.decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void onlyARangeThatHoldsOurVersionIsKnown() {
    byte[] bytes = SAMPLE.encode();
    assertThat(Hello.unknownVersion(bytes)).isNull();
    bytes[5] = 5;
    assertThat(Hello.unknownVersion(bytes)).isNull();
    bytes[4] = 4;
    assertThat(Hello.unknownVersion(bytes)).contains("4 to 5 there and 3 here");
  }

  @Test
  void impossibleIncarnationsChannelsAndAddressesAreMalformed() {
    byte[] incarnation = SAMPLE.encode();
    incarnation[44] = -1;
    assertThatThrownBy(() -> Hello.decode(incarnation)).hasMessageContaining("incarnation");
    byte[] channel = SAMPLE.encode();
    channel[6] = 2;
    assertThatThrownBy(() -> Hello.decode(channel)).hasMessageContaining("channel 2");
    byte[] host = SAMPLE.encode();
    host[host.length - 3] = ' ';
    assertThatThrownBy(() -> Hello.decode(host)).hasMessageContaining("advertised address");
  }

  @Test
  void theWordsOfAStrangerCannotForgeLinesOfALog() {
    HandshakeRejection forged =
        new HandshakeRejection(
            RejectionReason.SECOND, new ProcessIncarnation(1, 1), "a\n\r\u001b" + "b".repeat(999));
    assertThat(forged.printableWords()).startsWith("a   bbb").hasSize(300);
  }
}
