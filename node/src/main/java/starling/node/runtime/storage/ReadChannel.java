package starling.node.runtime.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads a file for any thread. An interrupt during a read closes the channel for all its users, so
 * reads have a channel apart from the writer's, and open a new one after an interrupt. The
 * interrupted thread finishes its read and keeps its interrupt.
 */
final class ReadChannel {
  private final Path path;
  private volatile FileChannel channel;
  private volatile boolean closed;

  ReadChannel(Path path) throws IOException {
    this.path = path;
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
  }

  int read(ByteBuffer target, long position) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        FileChannel open = channel;
        int start = target.position();
        try {
          return open.read(target, position);
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          target.position(start);
          reopen(open, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  long size() throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        FileChannel open = channel;
        try {
          return open.size();
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          reopen(open, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void reopen(FileChannel broken, ClosedChannelException cause)
      throws IOException {
    if (closed) {
      throw cause;
    }
    if (channel == broken) {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    }
  }

  synchronized void close() throws IOException {
    closed = true;
    channel.close();
  }
}
