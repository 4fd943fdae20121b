package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.version.MalformedException;
import starling.sim.SplitMix;

/** Records, votes and messages as bytes; a change of a golden text is a change of a format. */
class RecordCodecTest {
  private static final String FOUNDING =
      "01 01 000000000000000000000000000000c1 01"
          + " 0000000000000000000000000000000000000000000000000000000000000000 00 03"
          + " 01 01 03"
          + " 02 00000000000000000000000000000007 01 64 00"
          + " 04 00 01 00000000000000000000000000000007 01 00 01";

  private static final String EVERY_KIND =
      "01 02 00000000000000000000000000000009 ac02"
          + " 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a 01 0a"
          + " 01 8008 03"
          + " 02 00000000000000000000000000000007 02 fa01 05 7ac3bc7269"
          + " 03 00000000000000000000000000000003"
          + " 04 ab02 02 00000000000000000000000000000007 02 00 03 06 01"
          + " 00000000000000000000000000000008 01 ffff03 01"
          + " 05 ac02 01 00 02"
          + " 06 01 02 01 01"
          + " 07 02 03 01 01 01 01 00000000000000000000000000000008"
          + " 08 01 04 01"
          + " 09 ac02 01 00 03"
          + " 0a 06 70686f746f73 05 0c";

  @Test
  void theBytesOfRecordsAreFixed() {
    assertThat(hex(Sample.founding(7).encode())).isEqualTo(FOUNDING.replace(" ", ""));
    assertThat(hex(Sample.everyKind().encode())).isEqualTo(EVERY_KIND.replace(" ", ""));
    assertThat(Sample.founding(7).hash().toString()).isEqualTo("73de48b2f8286969");
  }

  @Test
  void aRecordOfEveryKindComesBack() {
    RingRecord record = Sample.everyKind();
    assertThat(RingRecord.decode(record.encode())).isEqualTo(record);
  }

  @Test
  void theBytesOfAVoteAreFixed() {
    Ballot ballot = new Ballot(2, Sample.id(7), 9);
    RingRecord record = Sample.founding(7);
    VoteMemory memory = new VoteMemory(1, ballot, ballot, record, false, 4);
    String ballotHex = "02 00000000000000000000000000000007 0000000000000009";
    int length = record.encode().length;
    assertThat(hex(memory.encode()))
        .isEqualTo(
            ("01 01 03 04" + ballotHex + ballotHex + HexFormat.of().toHexDigits((byte) length))
                    .replace(" ", "")
                + FOUNDING.replace(" ", ""));
    assertThat(VoteMemory.decode(memory.encode())).isEqualTo(memory);
    assertThat(VoteMemory.decode(VoteMemory.NONE.forgotten().encode()))
        .isEqualTo(VoteMemory.NONE.forgotten());
  }

  @Test
  void theBytesOfMessagesAreFixed() {
    Ballot ballot = new Ballot(2, Sample.id(7), 9);
    ConsensusMessage vote = new ConsensusMessage.Vote(Sample.LINE, 5, ballot);
    assertThat(hex(vote.encode()))
        .isEqualTo(
            ("01 04 01 000000000000000000000000000000c1"
                    + " 05 02 00000000000000000000000000000007 0000000000000009")
                .replace(" ", ""));
    for (ConsensusMessage each : messages()) {
      assertThat(ConsensusMessage.decode(each.encode())).isEqualTo(each);
    }
    assertThat(messages().stream().map(each -> each.encode()[1] & 0xff))
        .containsExactly(1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  }

  private static List<ConsensusMessage> messages() {
    Ballot ballot = new Ballot(2, Sample.id(7), 9);
    Ballot higher = new Ballot(3, Sample.id(8), -1);
    RingRecord record = Sample.everyKind();
    Line line = Sample.LINE;
    return List.of(
        new ConsensusMessage.Prepare(line, 5, record.hash(), ballot),
        new ConsensusMessage.Promise(line, 5, ballot, null, null),
        new ConsensusMessage.Promise(line, 5, higher, ballot, record),
        new ConsensusMessage.Accept(line, ballot, record),
        new ConsensusMessage.Vote(line, 5, ballot),
        new ConsensusMessage.Outbid(line, 5, ballot, higher),
        new ConsensusMessage.Declined(line, 5, ballot, "token 3 has no owner"),
        new ConsensusMessage.Fetch(line, 0),
        new ConsensusMessage.Records(line, List.of(Sample.founding(7), record)),
        new ConsensusMessage.Inquiry(line, -7),
        new ConsensusMessage.Statement(line, -7, 4, VoteMemory.NONE.forgotten()));
  }

  @Test
  void aRecordOfAnUnknownKindIsRejectedAsAWhole() {
    byte[] bytes = Sample.founding(7).encode();
    // Behind version, line, number, hash, flag and count.
    int kindAt = 1 + 1 + 16 + 1 + 32 + 1 + 1;
    bytes[kindAt] = 11;
    assertThatThrownBy(() -> RingRecord.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("unknown kind 11");
  }

  @Test
  void aRecordOfALaterVersionIsRejected() {
    byte[] bytes = Sample.founding(7).encode();
    bytes[0] = 2;
    assertThatThrownBy(() -> RingRecord.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("version 2; this program reads version 1");
  }

  @Test
  void aRecordOf100MegabytesIsRejectedBeforeItIsRead() {
    assertThatThrownBy(() -> RingRecord.decode(new byte[100 << 20]))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("104857600 bytes");
    // A message of a few bytes that announces one.
    byte[] head =
        new ConsensusMessage.Accept(Sample.LINE, new Ballot(1, Sample.id(1), 1), Sample.founding(7))
            .encode();
    byte[] claimed = Arrays.copyOf(head, head.length - Sample.founding(7).encode().length + 3);
    claimed[claimed.length - 4] = (byte) 0x80;
    claimed[claimed.length - 3] = (byte) 0x80;
    claimed[claimed.length - 2] = (byte) 0x80;
    claimed[claimed.length - 1] = 0x32;
    assertThatThrownBy(() -> ConsensusMessage.decode(claimed))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("104857600");
  }

  @Test
  void aTruncatedRecordIsRejectedAtEveryByte() {
    byte[] bytes = Sample.everyKind().encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> RingRecord.decode(part)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void whateverCanBeReadHasTheseBytesOnly() {
    SplitMix random = new SplitMix(1);
    byte[] bytes = Sample.everyKind().encode();
    byte[] vote = new VoteMemory(3, new Ballot(1, Sample.id(1), 2), null, null, true, 7).encode();
    int read = 0;
    for (int i = 0; i < 40_000; i++) {
      byte[] changed = (i % 4 == 3 ? vote : bytes).clone();
      for (int times = 1 + (int) (random.nextLong() >>> 62); times > 0; times--) {
        changed[(int) Math.floorMod(random.nextLong(), (long) changed.length)] =
            (byte) random.nextLong();
      }
      try {
        byte[] again =
            i % 4 == 3 ? VoteMemory.decode(changed).encode() : RingRecord.decode(changed).encode();
        assertThat(again).isEqualTo(changed);
        read++;
      } catch (MalformedException expected) {
        assertThat(expected).hasMessageNotContaining("null");
      } catch (IllegalArgumentException e) {
        fail("bytes " + hex(changed), e);
      }
    }
    assertThat(read).isGreaterThan(1000);
  }

  @Test
  void randomBytesAreNoMessage() {
    SplitMix random = new SplitMix(2);
    for (int i = 0; i < 40_000; i++) {
      byte[] bytes = new byte[(int) Math.floorMod(random.nextLong(), 80L)];
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] = at == 0 ? 1 : at == 1 ? (byte) (1 + i % 10) : (byte) random.nextLong();
      }
      try {
        assertThat(ConsensusMessage.decode(bytes).encode()).isEqualTo(bytes);
      } catch (MalformedException expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
