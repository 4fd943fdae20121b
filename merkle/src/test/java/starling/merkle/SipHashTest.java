package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SipHashTest {
  private static final long K0 = 0x0706050403020100L;
  private static final long K1 = 0x0f0e0d0c0b0a0908L;

  /** The vectors of the reference implementation: key 00 to 0f, message 00, 01, 02, … */
  @Test
  void theVectorsOfItsAuthors() {
    assertThat(hash(0)).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(hash(1)).isEqualTo(0x74f839c593dc67fdL);
    assertThat(hash(8)).isEqualTo(0x93f5f5799a932462L);
    assertThat(hash(15)).isEqualTo(0xa129ca6149be45e5L);
    assertThat(hash(16)).isEqualTo(0x3f2acc7f57c29bdbL);
  }

  @Test
  void twoWordsAreSixteenBytes() {
    assertThat(SipHash.hash(K0, K1, 0x0706050403020100L, 0x0f0e0d0c0b0a0908L)).isEqualTo(hash(16));
  }

  private static long hash(int length) {
    byte[] message = new byte[length + 3];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) i;
    }
    return SipHash.hash(K0, K1, message, length);
  }
}
