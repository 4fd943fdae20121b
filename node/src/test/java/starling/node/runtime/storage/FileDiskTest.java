package starling.node.runtime.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import starling.node.port.Disk;

/** What the store asks of real files beyond reading and writing them. */
class FileDiskTest {
  @TempDir Path directory;
  private FileDisk disk;

  @BeforeEach
  void open() throws Exception {
    disk = FileDisk.open(directory);
    disk.createDirectory("a");
    try (Disk.File file = disk.open("a/one")) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
    }
  }

  @AfterEach
  void close() throws Exception {
    disk.close();
  }

  @Test
  void aSecondNameKeepsTheFileWhenTheFirstGoes() throws Exception {
    assertThat(disk.links("a/one")).isEqualTo(1);
    disk.link("a/one", "a/two");
    assertThat(disk.links("a/one")).isEqualTo(2);
    assertThatThrownBy(() -> disk.link("a/one", "a/two"))
        .isInstanceOf(FileAlreadyExistsException.class);
    disk.delete("a/one");
    assertThat(disk.links("a/two")).isEqualTo(1);
    try (Disk.File file = disk.open("a/two")) {
      assertThat(file.size()).isEqualTo(3);
    }
  }

  @Test
  void aMappingShowsTheWholeFileAlsoAfterItsNameIsGone() throws Exception {
    Disk.Mapping mapping = disk.map("a/one");
    assertThat(mapping.buffer().remaining()).isEqualTo(3);
    disk.delete("a/one");
    assertThat(mapping.buffer().get(2)).isEqualTo((byte) 3);
    ByteBuffer buffer = mapping.buffer();
    mapping.close();
    if (Runtime.version().feature() >= 22) {
      assertThatThrownBy(() -> buffer.get(0)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void anEmptyFileMapsToNothing() throws Exception {
    disk.open("a/empty").close();
    try (Disk.Mapping mapping = disk.map("a/empty")) {
      assertThat(mapping.buffer().remaining()).isZero();
    }
  }
}
