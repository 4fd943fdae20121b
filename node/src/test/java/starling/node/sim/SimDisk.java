package starling.node.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;

/**
 * A disk in memory that loses what a real one may lose. A {@link SimDisk} is one life's view of it:
 * {@link #afterKill} ends the life and keeps all that was written, {@link #afterPowerLoss} keeps
 * what was forced and, by chance, any sectors and names that were not. Handles of an ended life
 * only throw. Faults hit the n-th changing operation (write, force, truncate, and every change of a
 * name) or the n-th read from now. One thread; everything random comes from one generator.
 */
public final class SimDisk implements Disk {
  /** What happens to the operation that a fault hits. */
  public enum Fault {
    /** Input/output error; of a write or a force any part may have happened. */
    EIO,
    /** No space: a write stops somewhere. */
    ENOSPC,
    /** The process or machine stops before the operation. */
    STOP,
    /** It stops in the middle of it. */
    STOP_MIDWAY
  }

  private final SimVolume volume;
  private boolean ended;
  private long operations;
  private long reads;
  private long forces;
  private long faultAt = -1;
  private Fault fault = Fault.EIO;
  private long readFaultAt = -1;
  private long capacityBytes = Long.MAX_VALUE;

  public SimDisk(RandomGenerator random) {
    this(new SimVolume(random));
  }

  private SimDisk(SimVolume volume) {
    this.volume = volume;
  }

  /** The n-th changing operation from now (1 is the next) meets the fault. */
  public void failAt(long operation, Fault kind) {
    faultAt = operations + operation;
    fault = kind;
  }

  /** The n-th read from now fails. */
  public void failReadAt(long read) {
    readFaultAt = reads + read;
  }

  /** Writes that would make all files together larger than this meet {@link Fault#ENOSPC}. */
  public void capacity(long bytes) {
    capacityBytes = bytes;
  }

  /** Bytes of all files. */
  public long usedBytes() {
    return volume.bytes();
  }

  /** Changing operations in this life. */
  public long operations() {
    return operations;
  }

  /** Forces of files in this life. */
  public long forces() {
    return forces;
  }

  /** Whether a fault stopped the life, or it was ended. */
  public boolean ended() {
    return ended;
  }

  /** Changes with every loss of power. */
  public String bootId() {
    return "boot-" + volume.powerLosses();
  }

  /** The process dies: what it wrote stays, forced or not. */
  public SimDisk afterKill() {
    ended = true;
    return new SimDisk(volume);
  }

  /** The machine dies: what was not forced stays or goes as chance has it. */
  public SimDisk afterPowerLoss() {
    ended = true;
    volume.losePower();
    return new SimDisk(volume);
  }

  /** Another disk with the same contents, all of it durable; this one is not touched. */
  public SimDisk copy(RandomGenerator random) {
    return new SimDisk(volume.copy(random));
  }

  /** Names of all files, with their directories. */
  public List<String> files() {
    return volume.files();
  }

  /** A file's bytes as they are read. */
  public byte[] bytes(String name) throws IOException {
    SimInode inode = volume.file(name);
    byte[] bytes = new byte[inode.size()];
    inode.read(ByteBuffer.wrap(bytes), 0);
    return bytes;
  }

  /** Replaces a file's bytes behind everyone's back, durably: rot, or an old copy put back. */
  public void replace(String name, byte[] bytes) throws IOException {
    SimInode inode = volume.file(name);
    inode.truncate(0);
    inode.write(ByteBuffer.wrap(bytes), 0);
    inode.force();
  }

  @Override
  public File open(String name) throws IOException {
    alive();
    if (!volume.exists(name)) {
      changeNames(() -> volume.create(name));
    }
    return new Handle(volume.file(name));
  }

  @Override
  public boolean exists(String name) throws IOException {
    alive();
    return volume.exists(name);
  }

  @Override
  public List<String> list(String directory) throws IOException {
    alive();
    return volume.list(directory);
  }

  @Override
  public void createDirectory(String directory) throws IOException {
    alive();
    if (!volume.exists(directory)) {
      changeNames(() -> volume.createDirectory(directory));
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    changeNames(() -> volume.rename(from, to));
  }

  @Override
  public void link(String from, String to) throws IOException {
    changeNames(() -> volume.link(from, to));
  }

  @Override
  public int links(String name) throws IOException {
    alive();
    return volume.links(name);
  }

  /** A copy: what is mapped does not change any more. */
  @Override
  public Mapping map(String name) throws IOException {
    alive();
    ByteBuffer bytes = ByteBuffer.wrap(bytes(name));
    return new Mapping() {
      @Override
      public ByteBuffer buffer() {
        return bytes;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void delete(String name) throws IOException {
    alive();
    if (volume.exists(name)) {
      changeNames(() -> volume.delete(name));
    }
  }

  @Override
  public void forceDirectory(String directory) throws IOException {
    changeNames(() -> volume.forceDirectory(directory));
  }

  @Override
  public long usableBytes() throws IOException {
    alive();
    return Math.max(0, capacityBytes - volume.bytes());
  }

  private void alive() throws IOException {
    if (ended) {
      throw new IOException("this life of the disk has ended");
    }
  }

  private void change(Change whole, Change part) throws IOException {
    alive();
    if (++operations != faultAt) {
      whole.run();
      return;
    }
    if (fault != Fault.STOP) {
      part.run();
    }
    ended = fault == Fault.STOP || fault == Fault.STOP_MIDWAY;
    if (fault == Fault.ENOSPC) {
      throw new DiskFullException("simulated: no space left");
    }
    throw new IOException("simulated: " + fault);
  }

  /** A change of names happens or not. */
  private void changeNames(Change change) throws IOException {
    change(
        change,
        () -> {
          if (volume.random().nextBoolean()) {
            change.run();
          }
        });
  }

  private interface Change {
    void run() throws IOException;
  }

  private final class Handle implements File {
    private final SimInode inode;
    private boolean closed;

    Handle(SimInode inode) {
      this.inode = inode;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      check();
      if (++reads == readFaultAt) {
        throw new IOException("simulated: input/output error on read");
      }
      return inode.read(target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      check();
      long growth = position + source.remaining() - inode.size();
      if (growth > 0 && volume.bytes() + growth > capacityBytes) {
        failAt(1, Fault.ENOSPC);
      }
      change(
          () -> inode.write(source, position),
          () -> {
            source.limit(source.position() + volume.random().nextInt(source.remaining() + 1));
            inode.write(source, position);
          });
    }

    @Override
    public void force() throws IOException {
      check();
      forces++;
      change(
          inode::force,
          () -> {
            if (fault != Fault.STOP_MIDWAY) {
              inode.forceBadly(volume.random());
            }
          });
    }

    @Override
    public long size() throws IOException {
      check();
      return inode.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      check();
      if (size < inode.size()) {
        change(() -> inode.truncate(Math.toIntExact(size)), () -> {});
      }
    }

    @Override
    public void close() {
      closed = true;
    }

    private void check() throws IOException {
      alive();
      if (closed) {
        throw new IOException("the file is closed");
      }
    }
  }
}
