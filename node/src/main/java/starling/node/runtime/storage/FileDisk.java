package starling.node.runtime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;

/**
 * A directory of the file system, owned by one process at a time: a lock on its file {@code LOCK}
 * is held until {@link #close}. Names are checked, so that none leads out of the directory.
 * Directories are fsynced through a channel opened on them, as Linux allows.
 */
public final class FileDisk implements Disk, AutoCloseable {
  private static final String LOCK = "LOCK";

  private final Path root;
  private final FileChannel lockFile;

  private FileDisk(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /**
   * Makes the directory if need be and takes it.
   *
   * @throws IOException if another process, or another disk of this one, holds it
   */
  public static FileDisk open(Path root) throws IOException {
    Files.createDirectories(root);
    FileChannel channel =
        FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this process: reported like any other holder.
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          root.toAbsolutePath() + " is in use: another running node holds its LOCK");
    }
    return new FileDisk(root, channel);
  }

  @Override
  public File open(String name) throws IOException {
    Path path = path(name);
    try {
      return new OpenFile(path);
    } catch (IOException e) {
      throw full(e);
    }
  }

  @Override
  public boolean exists(String name) {
    return Files.exists(path(name));
  }

  @Override
  public List<String> list(String directory) throws IOException {
    Path path = path(directory);
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(path)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(path, Files::isRegularFile)) {
        for (Path entry : entries) {
          names.add(entry.getFileName().toString());
        }
      }
    }
    Collections.sort(names);
    return names;
  }

  @Override
  public void createDirectory(String directory) throws IOException {
    Path path = path(directory);
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw full(e);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Path source = path(from);
    Path target = path(to);
    try {
      Files.move(
          source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw full(e);
    }
  }

  @Override
  public void link(String from, String to) throws IOException {
    Path source = path(from);
    Path target = path(to);
    try {
      Files.createLink(target, source);
    } catch (IOException e) {
      throw full(e);
    }
  }

  @Override
  public int links(String name) throws IOException {
    return (Integer) Files.getAttribute(path(name), "unix:nlink");
  }

  @Override
  public Mapping map(String name) throws IOException {
    try (FileChannel channel = FileChannel.open(path(name), StandardOpenOption.READ)) {
      return FileMapping.of(channel);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(path(name));
  }

  @Override
  public void forceDirectory(String directory) throws IOException {
    try (FileChannel channel = FileChannel.open(path(directory), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes() throws IOException {
    return Files.getFileStore(root).getUsableSpace();
  }

  /** Gives the directory up. Files that are still open stay usable. */
  @Override
  public void close() throws IOException {
    lockFile.close();
  }

  private Path path(String name) {
    if (name.isEmpty()) {
      return root;
    }
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("not a name below the directory: \"" + name + "\"");
      }
    }
    return root.resolve(name);
  }

  /** The JDK tells a full disk from other errors by its words alone. */
  private static IOException full(IOException e) {
    String message = String.valueOf(e.getMessage());
    boolean full = message.contains("No space left") || message.contains("quota exceeded");
    return full ? new DiskFullException(message, e) : e;
  }

  private static final class OpenFile implements File {
    private final FileChannel channel;
    private final ReadChannel reads;

    OpenFile(Path path) throws IOException {
      channel =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      reads = new ReadChannel(path);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return reads.read(target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      try {
        while (source.hasRemaining()) {
          at += channel.write(source, at);
        }
      } catch (IOException e) {
        throw full(e);
      }
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      try (channel) {
        reads.close();
      }
    }
  }
}
