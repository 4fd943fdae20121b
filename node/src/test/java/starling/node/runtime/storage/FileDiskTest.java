package starling.node.runtime.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;
import starling.node.port.TransientDiskException;

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
  void dataIsItsOwnersAloneToReadAlsoWhereAnEarlierVersionWasOpenHanded() throws Exception {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "this file system knows no owners");
    Path root = directory.resolve("made");
    Path old = root.resolve("log/old");
    try (FileDisk made = FileDisk.open(root)) {
      made.createDirectory("log");
      made.open("log/old").close();
    }
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(
        root.resolve("log"), PosixFilePermissions.fromString("rwxr-xr-x"));
    try (FileDisk again = FileDisk.open(root)) {
      again.createDirectory("log");
      again.createDirectory("idx/3");
      again.open("log/old").close();
      again.open("log/new").close();
    }
    for (String each : List.of("", "log", "idx", "idx/3")) {
      assertThat(permissions(root.resolve(each))).as(each).isEqualTo("rwx------");
    }
    for (String each : List.of("LOCK", "log/old", "log/new")) {
      assertThat(permissions(root.resolve(each))).as(each).isEqualTo("rw-------");
    }
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aWriteThatFindsNoRoomNamesItsFile() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "this system has no /dev/full");
    Files.createSymbolicLink(directory.resolve("a/two"), full);
    try (Disk.File file = disk.open("a/two")) {
      assertThatThrownBy(() -> file.write(ByteBuffer.wrap(new byte[10]), 0))
          .isInstanceOf(DiskFullException.class)
          .hasMessageContaining(directory.resolve("a/two").toString());
    }
  }

  @Test
  void whatCannotBeOpenedMayPassAndSaysWhatItIs() throws Exception {
    assertThatThrownBy(() -> disk.open("a"))
        .isInstanceOf(TransientDiskException.class)
        .hasMessageContaining("opening " + directory.resolve("a"));
    assertThatThrownBy(() -> disk.forceDirectory("b"))
        .isInstanceOf(TransientDiskException.class)
        .hasMessageContaining("opening " + directory.resolve("b"));
    assertThatThrownBy(() -> disk.rename("a/none", "a/other"))
        .isInstanceOf(TransientDiskException.class)
        .hasMessageContaining("none to " + directory.resolve("a/other"));
  }

  @Test
  void aFileThatIsOnlyReadKeepsOneDescriptor() throws Exception {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    assumeTrue(system instanceof UnixOperatingSystemMXBean, "this JVM counts no descriptors");
    UnixOperatingSystemMXBean unix = (UnixOperatingSystemMXBean) system;
    List<Disk.File> files = new ArrayList<>();
    long before = unix.getOpenFileDescriptorCount();
    for (int i = 0; i < 200; i++) {
      Disk.File file = disk.open("a/" + i);
      file.write(ByteBuffer.wrap(new byte[] {(byte) i}), 0);
      file.doneWriting();
      files.add(file);
    }
    // Others of this JVM open some, too.
    assertThat(unix.getOpenFileDescriptorCount() - before).isBetween(150L, 250L);
    ByteBuffer read = ByteBuffer.allocate(1);
    for (Disk.File file : files) {
      file.write(ByteBuffer.wrap(new byte[] {7}), 1);
      assertThat(file.size()).isEqualTo(2);
      assertThat(file.read(read.clear(), 1)).isEqualTo(1);
      assertThat(read.get(0)).isEqualTo((byte) 7);
      file.close();
    }
    assertThat(unix.getOpenFileDescriptorCount() - before).isLessThan(50);
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
