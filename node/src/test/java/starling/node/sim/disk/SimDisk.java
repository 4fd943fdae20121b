package starling.node.sim.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;
import starling.node.port.TransientDiskException;

/**
 * A disk in memory that loses what a real one may lose. A {@link SimDisk} is one process's view of
 * it: {@link #afterKill} ends the process and keeps all that was written, {@link #afterPowerLoss}
 * keeps what was forced and, at random, any sectors and names that were not. Handles of an ended
 * process only throw. Faults hit the n-th changing operation (write, force, truncate, and every
 * change of a name) or the n-th read from now. A {@link Witness} sees each operation coming and can
 * look at what a crash there would leave, on disks of its own. One thread; everything random comes
 * from one generator.
 */
public final class SimDisk implements Disk {
  /** What happens to the operation that a fault hits. */
  public enum Fault {
    /** Input/output error; of a write or a force any part may have happened. */
    EIO,
    /** No space: a write stops somewhere, a name is not made; of a force it is as final as EIO. */
    ENOSPC,
    /** The process or machine stops before the operation. */
    STOP,
    /** It stops in the middle of it. */
    STOP_MIDWAY
  }

  /** What a disk may claim to have done without doing it. */
  public enum Lie {
    /** A force of a file does nothing. */
    FORCE,
    /** A force of a directory does nothing. */
    FORCE_DIRECTORY,
    /** A write of a few bytes does nothing, now and then. */
    WRITE
  }

  /** Told of each changing operation before it happens. */
  public interface Witness {
    void before(CrashPoint point) throws IOException;
  }

  private final SimVolume volume;
  private boolean ended;
  private long operations;
  private long reads;
  private long forces;
  private long faultAt = -1;
  private Fault fault = Fault.EIO;
  private long readFaultAt = -1;
  private long readFaultsEnd = -1;
  private long opens;
  private long openFaultAt = -1;
  private long openFaultsEnd = -1;
  private long capacityBytes = Long.MAX_VALUE;
  private @Nullable Witness witness;
  private final List<Mapped> mapped = new ArrayList<>();

  public SimDisk(RandomGenerator random) {
    this(new SimVolume(random));
  }

  private SimDisk(SimVolume volume) {
    volume.onItsOwn();
    this.volume = volume;
  }

  /** The n-th changing operation from now (1 is the next) meets the fault. */
  public void failAt(long operation, Fault kind) {
    faultAt = operations + operation;
    fault = kind;
  }

  /** The n-th read from now fails; the next one of the same bytes may succeed. */
  public void failReadAt(long read) {
    failReadsAt(read, 1);
  }

  /** The n-th read from now fails, and all reads behind it until so many have failed. */
  public void failReadsAt(long read, long times) {
    readFaultAt = reads + read;
    readFaultsEnd = readFaultAt + times;
  }

  /** Reads fail from now on, until {@link #failNothing}. */
  public void failReads() {
    readFaultAt = reads + 1;
    readFaultsEnd = Long.MAX_VALUE;
  }

  /**
   * What needs a descriptor finds none: the n-th such operation from now (an open, a listing, a
   * mapping, a force of a directory), and all behind it until so many have failed.
   */
  public void failOpensAt(long open, long times) {
    openFaultAt = opens + open;
    openFaultsEnd = openFaultAt + times;
  }

  /** No descriptor is free from now on, until {@link #failNothing}. */
  public void failOpens() {
    openFaultAt = opens + 1;
    openFaultsEnd = Long.MAX_VALUE;
  }

  /** No operation meets a fault any more. */
  public void failNothing() {
    faultAt = -1;
    readFaultAt = -1;
    readFaultsEnd = -1;
    openFaultAt = -1;
    openFaultsEnd = -1;
  }

  /** Writes that would make all files together larger than this meet {@link Fault#ENOSPC}. */
  public void capacity(long bytes) {
    capacityBytes = bytes;
  }

  /** From now on, in all processes on this disk and its forks, this is claimed and not done. */
  public void lie(Lie lie) {
    volume.lie(lie);
  }

  /** From now on, in this process. */
  public void witness(Witness told) {
    witness = told;
  }

  /** A number that no process on this disk was given before. */
  public long identity() {
    return volume.identity();
  }

  /** Bytes of all files. */
  public long usedBytes() {
    return volume.bytes();
  }

  /** Changing operations in this process. */
  public long operations() {
    return operations;
  }

  /** Reads in this process, of files and of what was mapped. */
  public long reads() {
    return reads;
  }

  /** Operations of this process that need a descriptor. */
  public long opens() {
    return opens;
  }

  /** Forces of files in this process. */
  public long forces() {
    return forces;
  }

  /** Whether a fault stopped the process, or it was ended. */
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

  /** The machine dies: what was not forced stays or goes at random. */
  public SimDisk afterPowerLoss() {
    ended = true;
    volume.losePower();
    return new SimDisk(volume);
  }

  /** Another disk with the same contents, all of it durable; this one is not touched. */
  public SimDisk copy(RandomGenerator random) {
    return new SimDisk(volume.copy(random));
  }

  /**
   * Another disk in the same state, what is not durable included; this one is not touched. Its
   * process is to be ended.
   */
  public SimDisk fork(RandomGenerator random) {
    return new SimDisk(volume.fork(random));
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

  /**
   * Turns one bit of some file with such a name, durably, where something has been written; says
   * where, or null if there is no such place.
   */
  public @Nullable String rot(String prefix, String suffix, RandomGenerator chance) {
    List<String> names = new ArrayList<>(volume.files());
    names.removeIf(name -> !name.startsWith(prefix) || !name.endsWith(suffix));
    if (names.isEmpty()) {
      return null;
    }
    String name = names.get(chance.nextInt(names.size()));
    try {
      int at = volume.file(name).rot(chance);
      return at < 0 ? null : name + " " + at;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The same of a file that is mapped now, and in its mapping too: a page that was sound when the
   * file was opened. Null if no such file is mapped.
   */
  public @Nullable String rotMapped(String prefix, String suffix, RandomGenerator chance) {
    List<Mapped> present = new ArrayList<>(mapped);
    present.removeIf(each -> !each.name.startsWith(prefix) || !each.name.endsWith(suffix));
    if (present.isEmpty()) {
      return null;
    }
    Mapped chosen = present.get(chance.nextInt(present.size()));
    int at = chosen.inode.rot(chance);
    if (at >= 0) {
      chosen.inode.read(ByteBuffer.wrap(chosen.bytes, at, 1), at);
    }
    return at < 0 ? null : chosen.name + " " + at;
  }

  /** Turns bits of one byte of a file, durably, and in all its mappings. */
  public void flip(String name, int at, int bits) throws IOException {
    byte[] bytes = bytes(name);
    bytes[at] ^= (byte) bits;
    replace(name, bytes);
    SimInode inode = volume.file(name);
    for (Mapped each : mapped) {
      if (each.inode == inode) {
        each.bytes[at] = bytes[at];
      }
    }
  }

  /** Removes files, durably. */
  public void deleteAll(Predicate<String> which) {
    for (String name : volume.files()) {
      if (which.test(name)) {
        volume.delete(name);
      }
    }
    volume.forceAll();
  }

  @Override
  public File open(String name) throws IOException {
    alive();
    takeDescriptor("open " + name);
    if (!volume.exists(name)) {
      makeName("create " + name, at -> at.create(name));
    }
    return new Handle(name, volume.file(name));
  }

  @Override
  public boolean exists(String name) throws IOException {
    alive();
    return volume.exists(name);
  }

  @Override
  public List<String> list(String directory) throws IOException {
    alive();
    takeDescriptor("list " + directory);
    return volume.list(directory);
  }

  @Override
  public void createDirectory(String directory) throws IOException {
    alive();
    if (!volume.exists(directory)) {
      makeName("mkdir " + directory, at -> at.createDirectory(directory));
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    makeName("rename " + from + " " + to, at -> at.rename(from, to));
  }

  @Override
  public void link(String from, String to) throws IOException {
    makeName("link " + from + " " + to, at -> at.link(from, to));
  }

  @Override
  public int links(String name) throws IOException {
    alive();
    return volume.links(name);
  }

  /** A copy: no write reaches what is mapped any more, and only {@link #rotMapped} changes it. */
  @Override
  public Mapping map(String name) throws IOException {
    alive();
    takeDescriptor("map " + name);
    countRead();
    Mapped made = new Mapped(name, volume.file(name), bytes(name));
    mapped.add(made);
    return made;
  }

  private final class Mapped implements Mapping {
    private final String name;
    private final SimInode inode;
    private final byte[] bytes;

    Mapped(String name, SimInode inode, byte[] bytes) {
      this.name = name;
      this.inode = inode;
      this.bytes = bytes;
    }

    @Override
    public ByteBuffer buffer() {
      return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    @Override
    public void close() {
      mapped.remove(this);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    alive();
    if (volume.exists(name)) {
      changeNames("delete " + name, at -> at.delete(name));
    }
  }

  @Override
  public void forceDirectory(String directory) throws IOException {
    alive();
    takeDescriptor("open " + directory + "/");
    changeNames("sync " + directory + "/", at -> at.forceDirectory(directory));
  }

  @Override
  public long usableBytes() throws IOException {
    alive();
    return Math.max(0, capacityBytes - volume.bytes());
  }

  private void alive() throws IOException {
    if (ended) {
      throw new IOException("this process on the disk has ended");
    }
  }

  private void takeDescriptor(String what) throws IOException {
    opens++;
    if (openFaultAt > 0 && opens >= openFaultAt && opens < openFaultsEnd) {
      throw new TransientDiskException("simulated: too many open files to " + what);
    }
  }

  private void countRead() throws IOException {
    reads++;
    if (reads >= readFaultAt && reads < readFaultsEnd) {
      throw new IOException("simulated: input/output error on read");
    }
  }

  private void change(String what, Change whole, Change part) throws IOException {
    change(what, whole, part, part);
  }

  /**
   * @param part what is done of it when it is stopped midway
   * @param failed what is done of it when it fails
   */
  private void change(String what, Change whole, Change part, Change failed) throws IOException {
    alive();
    operations++;
    if (witness != null) {
      witness.before(new CrashPoint(volume, operations, what, part));
    }
    if (operations != faultAt) {
      whole.run(volume);
      return;
    }
    ended = fault == Fault.STOP || fault == Fault.STOP_MIDWAY;
    if (!ended) {
      failed.run(volume);
    } else if (fault == Fault.STOP_MIDWAY) {
      part.run(volume);
    }
    throw new IOException("simulated: " + fault);
  }

  /** Throws for lack of room if it is that fault's turn, before anything is done. */
  private void room(String what) throws IOException {
    if (fault == Fault.ENOSPC && operations + 1 == faultAt) {
      operations++;
      throw new DiskFullException("simulated: no space left to " + what);
    }
  }

  /** A change that makes a name, which takes room. */
  private void makeName(String what, Change change) throws IOException {
    alive();
    room(what);
    changeNames(what, change);
  }

  /** A change of names happens or not. */
  private void changeNames(String what, Change change) throws IOException {
    change(
        what,
        change,
        at -> {
          if (at.random().nextBoolean()) {
            change.run(at);
          }
        });
  }

  private interface Change {
    void run(SimVolume at) throws IOException;
  }

  /** A moment at which everything may stop: before an operation, or in the middle of it. */
  public static final class CrashPoint {
    private final SimVolume volume;
    private final long number;
    private final String what;
    private final Change part;

    private CrashPoint(SimVolume volume, long number, String what, Change part) {
      this.volume = volume;
      this.number = number;
      this.what = what;
      this.part = part;
    }

    /** The disk as it is before the operation. */
    public SimDisk before(RandomGenerator random) {
      return new SimDisk(volume.fork(random));
    }

    /** The disk as it may be when the operation is half done. */
    public SimDisk midway(RandomGenerator random) throws IOException {
      SimVolume fork = volume.fork(random);
      part.run(fork);
      return new SimDisk(fork);
    }

    @Override
    public String toString() {
      return "operation " + number + ", " + what;
    }
  }

  private final class Handle implements File {
    private final String name;
    private final SimInode inode;
    private boolean closed;

    Handle(String name, SimInode inode) {
      this.name = name;
      this.inode = inode;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      check();
      countRead();
      return inode.read(target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      check();
      long growth = position + source.remaining() - inode.size();
      if (growth > 0 && capacityBytes < Long.MAX_VALUE && volume.bytes() + growth > capacityBytes) {
        failAt(1, Fault.ENOSPC);
      }
      if (fault == Fault.ENOSPC && operations + 1 == faultAt) {
        ByteBuffer some = source.duplicate();
        some.limit(some.position() + volume.random().nextInt(some.remaining() + 1));
        volume.write(inode, some, position);
      }
      String what = "write " + name + " " + position + " + " + source.remaining();
      room(what);
      change(
          what,
          at -> at.write(inode, source, position),
          at -> {
            ByteBuffer some = source.duplicate();
            some.limit(some.position() + at.random().nextInt(some.remaining() + 1));
            at.write(inode, some, position);
          });
    }

    @Override
    public void fsync() throws IOException {
      check();
      forces++;
      change(
          "force " + name,
          at -> at.force(inode),
          // What has arrived shows only when the power is lost, which is random anyway.
          at -> {},
          at -> at.own(inode).forceBadly(at.random()));
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
        change(
            "truncate " + name + " to " + size,
            at -> at.own(inode).truncate(Math.toIntExact(size)),
            at -> {});
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
