package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

class NodeIdTest {
  @Test
  void anIdOnceGivenSurvivesTheLossOfPower() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      SimDisk disk = new SimDisk(new Random(seed));
      NodeId drawn = NodeId.of(disk, new Random(seed));
      assertThat(drawn.member()).isFalse();
      assertThat(NodeId.of(disk.afterPowerLoss(), new Random(99))).isEqualTo(drawn);
    }
  }

  @Test
  void aStopAnywhereLeavesNoHalfId() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      for (int at = 1; at <= 6; at++) {
        SimDisk disk = new SimDisk(new Random(seed));
        disk.failAt(at, SimDisk.Fault.STOP_MIDWAY);
        try {
          var unused = NodeId.of(disk, new Random(seed));
        } catch (IOException expected) {
          assertThat(expected).hasMessageContaining("simulated");
        }
        SimDisk next = disk.afterPowerLoss();
        UUID id = NodeId.of(next, new Random(7)).id();
        assertThat(NodeId.of(next.afterPowerLoss(), new Random(8)).id()).isEqualTo(id);
      }
    }
  }

  @Test
  void thatItWasInAClusterIsNotedWholeOrNotAtAll() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      SimDisk whole = new SimDisk(new Random(seed));
      NodeId drawn = NodeId.of(whole, new Random(seed));
      drawn.noteMember(whole);
      NodeId member = new NodeId(drawn.id(), true);
      assertThat(NodeId.of(whole.afterPowerLoss(), new Random(99))).isEqualTo(member);
      for (int at = 1; at <= 6; at++) {
        SimDisk disk = new SimDisk(new Random(seed));
        assertThat(NodeId.of(disk, new Random(seed))).isEqualTo(drawn);
        disk.failAt(at, SimDisk.Fault.STOP_MIDWAY);
        try {
          drawn.noteMember(disk);
        } catch (IOException expected) {
          assertThat(expected).hasMessageContaining("simulated");
        }
        assertThat(NodeId.of(disk.afterPowerLoss(), new Random(99))).isIn(drawn, member);
      }
    }
  }

  @Test
  void anIdOfTheFirstFormatMayHaveBeenInACluster() throws IOException {
    SimDisk disk = new SimDisk(new Random(1));
    NodeId drawn = NodeId.of(disk, new Random(1));
    ByteBuffer old = ByteBuffer.allocate(32);
    old.put(disk.bytes("node-id"), 0, 28).putInt(8, 1);
    CRC32C crc = new CRC32C();
    crc.update(old.array(), 0, 28);
    disk.replace("node-id", old.putInt((int) crc.getValue()).array());
    assertThat(NodeId.of(disk, new Random(2))).isEqualTo(new NodeId(drawn.id(), true));
  }

  @Test
  void damageAndUnknownFormatsAreRefused() throws IOException {
    SimDisk disk = new SimDisk(new Random(1));
    var unused = NodeId.of(disk, new Random(1));
    byte[] good = disk.bytes("node-id");
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 1;
      disk.replace("node-id", damaged);
      assertThatThrownBy(() -> NodeId.of(disk, new Random(2))).isInstanceOf(IOException.class);
      disk.replace("node-id", Arrays.copyOf(good, i));
      assertThatThrownBy(() -> NodeId.of(disk, new Random(2))).isInstanceOf(IOException.class);
    }
    byte[] format = good.clone();
    format[11] = 3;
    disk.replace("node-id", format);
    assertThatThrownBy(() -> NodeId.of(disk, new Random(2))).hasMessageContaining("format 3");
  }
}
