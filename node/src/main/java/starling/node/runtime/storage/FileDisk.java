package starling.node.runtime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;
import starling.node.port.TransientDiskException;

/**
 * A directory of the file system, owned by one process at a time: a lock on its file {@code LOCK}
 * is held until {@link #close}. Names are checked, so that none leads out of the directory.
 * Directories are fsynced through a channel opened on them, as Linux allows. Everything in it is
 * its owner's alone to read and write, where the file system knows owners. Each error names the
 * path.
 */
public final class FileDisk implements Disk, AutoCloseable {
  private static final String LOCK = "LOCK";
  private static final Set<PosixFilePermission> OF_FILES =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OF_DIRECTORIES =
      PosixFilePermissions.fromString("rwx------");

  /** The JDK passes the system's message on, in the language of its locale. */
  private static final String NO_ROOM_HERE = noRoomHere();

  private final Path root;
  private final FileChannel lockFile;
  private final FileAttribute<?>[] directories;
  private final FileAttribute<?>[] files;

  private FileDisk(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
    this.directories = attributes(root, OF_DIRECTORIES);
    this.files = attributes(root, OF_FILES);
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return hasOwners(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  private static boolean hasOwners(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /**
   * Makes the directory if need be, closes it to others and takes it.
   *
   * @throws IOException if another process, or another disk of this one, holds it
   */
  public static FileDisk open(Path root) throws IOException {
    Files.createDirectories(root, attributes(root, OF_DIRECTORIES));
    FileChannel channel =
        FileChannel.open(
            root.resolve(LOCK),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            attributes(root, OF_FILES));
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // This process holds it: reported like any other holder.
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          root.toAbsolutePath() + " is in use: another running node holds its LOCK");
    }
    restrict(root, OF_DIRECTORIES);
    return new FileDisk(root, channel);
  }

  /** Removes permissions of others that an earlier version, or an operator, gave. */
  private static void restrict(Path path, Set<PosixFilePermission> permissions) {
    try {
      if (hasOwners(path) && !Files.getPosixFilePermissions(path).equals(permissions)) {
        Files.setPosixFilePermissions(path, permissions);
      }
    } catch (IOException e) {
      // Another user owns it, as may be for a mounted volume: files made in it are private
      // nevertheless.
    }
  }

  @Override
  public File open(String name) throws IOException {
    Path path = path(name);
    try {
      OpenFile opened = new OpenFile(path, files);
      restrict(path, OF_FILES);
      return opened;
    } catch (IOException e) {
      throw told("opening", path, e);
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
      } catch (DirectoryIteratorException e) {
        throw told("listing", path, new IOException(e.getMessage(), e));
      } catch (IOException e) {
        throw told("listing", path, e);
      }
    }
    Collections.sort(names);
    return names;
  }

  @Override
  public void createDirectory(String directory) throws IOException {
    Path path = path(directory);
    try {
      Files.createDirectories(path, directories);
      restrict(path, OF_DIRECTORIES);
    } catch (IOException e) {
      throw told("making", path, e);
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
      throw told("renaming " + source.getFileName() + " to", target, e);
    }
  }

  @Override
  public void link(String from, String to) throws IOException {
    Path source = path(from);
    Path target = path(to);
    try {
      Files.createLink(target, source);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException e) {
      throw told("linking " + source.getFileName() + " to", target, e);
    }
  }

  @Override
  public int links(String name) throws IOException {
    return (Integer) Files.getAttribute(path(name), "unix:nlink");
  }

  @Override
  public Mapping map(String name) throws IOException {
    Path path = path(name);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return FileMapping.of(channel);
    } catch (IOException e) {
      throw told("mapping", path, e);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Path path = path(name);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw told("deleting", path, e);
    }
  }

  @Override
  public void forceDirectory(String directory) throws IOException {
    Path path = path(directory);
    try (FileChannel channel = openDirectory(path)) {
      channel.force(true);
    } catch (TransientDiskException e) {
      throw e;
    } catch (IOException e) {
      throw failed("the fsync of", path, e);
    }
  }

  private static FileChannel openDirectory(Path path) throws IOException {
    try {
      return FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      throw told("opening", path, e);
    }
  }

  @Override
  public long usableBytes() throws IOException {
    return Files.getFileStore(root).getUsableSpace();
  }

  /** Releases the directory. Open files stay usable. */
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

  /**
   * The error of an operation on names or descriptors: it was not done, and may be done later,
   * unless the disk itself has failed. The JDK distinguishes the errors by their message alone.
   */
  private static IOException told(String doing, Path path, IOException e) {
    String reason = reason(e);
    String message = doing + " " + path + ": " + reason;
    if (noRoom(reason)) {
      return new DiskFullException(message, e);
    }
    boolean failed =
        reason.contains("Input/output error") || reason.contains("Read-only file system");
    return failed ? new IOException(message, e) : new TransientDiskException(message, e);
  }

  /** The error of a write or an fsync: final, except for a write that found no room. */
  private static IOException failed(String doing, Path path, IOException e) {
    return new IOException(doing + " " + path + " failed: " + reason(e), e);
  }

  private static String reason(IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private static boolean noRoom(String reason) {
    return reason.contains("No space left")
        || reason.contains("quota exceeded")
        || reason.contains(NO_ROOM_HERE);
  }

  /** The message of a full disk in the language of this process, if it can be learnt. */
  private static String noRoomHere() {
    try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
      int unused = full.write(ByteBuffer.wrap(new byte[1]));
    } catch (NoSuchFileException | AccessDeniedException e) {
      // No such device: English, then.
    } catch (IOException e) {
      if (e.getMessage() != null && !e.getMessage().isBlank()) {
        return e.getMessage();
      }
    }
    return "No space left";
  }

  private static final class OpenFile implements File {
    private final Path path;
    private final ReadChannel reads;

    /** Closed while nothing is written; used by the one thread that writes. */
    private FileChannel channel;

    OpenFile(Path path, FileAttribute<?>[] attributes) throws IOException {
      this.path = path;
      channel =
          FileChannel.open(
              path,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              attributes);
      try {
        reads = new ReadChannel(path);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }

    private FileChannel writing() throws IOException {
      if (!channel.isOpen()) {
        try {
          channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
          throw told("opening", path, e);
        }
      }
      return channel;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return reads.read(target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      FileChannel target = writing();
      long at = position;
      try {
        while (source.hasRemaining()) {
          at += target.write(source, at);
        }
      } catch (IOException e) {
        if (noRoom(reason(e))) {
          throw new DiskFullException("writing " + path + ": " + reason(e), e);
        }
        throw failed("writing", path, e);
      }
    }

    @Override
    public void fsync() throws IOException {
      FileChannel target = writing();
      try {
        target.force(false);
      } catch (IOException e) {
        throw failed("the fsync of", path, e);
      }
    }

    @Override
    public long size() throws IOException {
      return reads.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      FileChannel target = writing();
      try {
        target.truncate(size);
      } catch (IOException e) {
        throw failed("truncating", path, e);
      }
    }

    @Override
    public void doneWriting() {
      try {
        channel.close();
      } catch (IOException e) {
        // Written bytes are durable already, or never needed an fsync.
      }
    }

    @Override
    public void close() throws IOException {
      try {
        reads.close();
      } finally {
        channel.close();
      }
    }
  }
}
