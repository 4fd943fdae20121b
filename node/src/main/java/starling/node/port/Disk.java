package starling.node.port;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Files below one directory, as a node needs them. Names are relative, with {@code /} between
 * parts. Written bytes may be lost on power failure until {@link File#fsync()} returned; a file
 * that was made, renamed or deleted may be undone until {@link #forceDirectory} returned for its
 * directory. After a failed force nothing is known about what reached the disk, and a later success
 * says nothing about the earlier bytes.
 *
 * <p>Operations that need a descriptor or change names throw {@link TransientDiskException} if they
 * were not done and may be done later, {@link DiskFullException} if the disk has no room. A force
 * that finds no room has simply failed; a {@link #forceDirectory} that cannot open the directory
 * has not begun.
 */
public interface Disk {
  /** Opens for reading and writing; makes the file, empty, if it is not there. */
  File open(String name) throws IOException;

  boolean exists(String name) throws IOException;

  /** Names (without the directory) of the files in a directory, sorted; empty if it is missing. */
  List<String> list(String directory) throws IOException;

  /** Makes a directory and its parents; nothing if it is there. */
  void createDirectory(String directory) throws IOException;

  /** Replaces {@code to} by {@code from} in one step. */
  void rename(String from, String to) throws IOException;

  /** Gives a file a second name; durable with {@link #forceDirectory} of that name's directory. */
  void link(String from, String to) throws IOException;

  /** How many names the file has. */
  int links(String name) throws IOException;

  /** A view of a whole file that does not change any more, of less than 2 GiB. */
  Mapping map(String name) throws IOException;

  /** Deletes a file; nothing if it is missing. */
  void delete(String name) throws IOException;

  /** Makes additions, renames and deletions in a directory durable. The root is {@code ""}. */
  void forceDirectory(String directory) throws IOException;

  /** Bytes that can still be written by this user. */
  long usableBytes() throws IOException;

  /** A mapped file; its buffer must not be used after it was closed. */
  interface Mapping extends AutoCloseable {
    ByteBuffer buffer();

    @Override
    void close();
  }

  /**
   * An open file. Reads may come from any thread, also while one thread writes; writes, force and
   * truncate come from one thread at a time.
   */
  interface File extends AutoCloseable {
    /** Reads up to {@code target.remaining()} bytes; returns how many, or -1 at the end. */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Writes all that remains in {@code source}. On an error any part may have been written.
     *
     * @throws DiskFullException if there was no room for it
     */
    void write(ByteBuffer source, long position) throws IOException;

    /** Makes all that was written before durable. A failure is final for what was written. */
    void fsync() throws IOException;

    long size() throws IOException;

    void truncate(long size) throws IOException;

    /**
     * The file is only read from now on: closes the descriptor for writing. A later write opens one
     * again.
     */
    default void doneWriting() {}

    @Override
    void close() throws IOException;
  }
}
