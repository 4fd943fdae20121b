package starling.node.sim.disk;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Names and files of a {@link SimDisk}, across its lives. Changes of names are in order within a
 * directory, as a journal keeps them, and durable up to the last force of the directory; at a loss
 * of power each directory keeps some more of them, up to a moment of its own.
 */
final class SimVolume {
  /** Stands for a directory among the names. */
  private static final SimInode DIRECTORY = new SimInode();

  private final RandomGenerator random;
  private Map<String, SimInode> seen = new TreeMap<>();
  private final Map<String, SimInode> durable = new TreeMap<>();
  private final Map<String, List<NameChange>> pending = new TreeMap<>();
  private final Set<SimDisk.Lie> lies = EnumSet.noneOf(SimDisk.Lie.class);

  /** For a fork, until it is on its own: which of its files stands for which of the original. */
  private final IdentityHashMap<SimInode, SimInode> forked = new IdentityHashMap<>();

  private int powerLosses;
  private long identities;

  /** One name goes, another one leads to a file; either may be missing. */
  private record NameChange(
      @Nullable String gone, @Nullable String name, @Nullable SimInode inode) {
    void apply(Map<String, SimInode> names) {
      if (gone != null) {
        names.remove(gone);
      }
      if (name != null && inode != null) {
        names.put(name, inode);
      }
    }
  }

  SimVolume(RandomGenerator random) {
    this.random = random;
  }

  RandomGenerator random() {
    return random;
  }

  int powerLosses() {
    return powerLosses;
  }

  void lie(SimDisk.Lie lie) {
    lies.add(lie);
  }

  long identity() {
    return ++identities;
  }

  /** The file itself or, in a fork, what stands for it. */
  SimInode own(SimInode inode) {
    return forked.isEmpty() ? inode : forked.computeIfAbsent(inode, SimInode::fork);
  }

  /** From here on the files of a fork are those that it has itself. */
  void onItsOwn() {
    forked.clear();
  }

  void write(SimInode inode, ByteBuffer source, long position) {
    boolean lied =
        lies.contains(SimDisk.Lie.WRITE) && source.remaining() < 2048 && random.nextInt(64) == 0;
    if (lied) {
      source.position(source.limit());
    } else {
      own(inode).write(source, position);
    }
  }

  void force(SimInode inode) {
    if (!lies.contains(SimDisk.Lie.FORCE)) {
      own(inode).force();
    }
  }

  boolean exists(String name) {
    return name.isEmpty() || seen.containsKey(name);
  }

  SimInode file(String name) throws IOException {
    SimInode inode = seen.get(name);
    if (inode == null || inode == DIRECTORY) {
      throw new FileNotFoundException(name);
    }
    return inode;
  }

  List<String> files() {
    List<String> names = new ArrayList<>();
    seen.forEach(
        (name, inode) -> {
          if (inode != DIRECTORY) {
            names.add(name);
          }
        });
    return names;
  }

  List<String> list(String directory) {
    List<String> names = new ArrayList<>();
    for (String name : files()) {
      if (parent(name).equals(directory)) {
        names.add(name.substring(directory.isEmpty() ? 0 : directory.length() + 1));
      }
    }
    return names;
  }

  long bytes() {
    long bytes = 0;
    for (SimInode inode : inodes()) {
      bytes += inode.size();
    }
    return bytes;
  }

  private Set<SimInode> inodes() {
    Set<SimInode> inodes = Collections.newSetFromMap(new IdentityHashMap<>());
    inodes.addAll(seen.values());
    return inodes;
  }

  int links(String name) throws IOException {
    SimInode inode = file(name);
    return (int) seen.values().stream().filter(each -> each == inode).count();
  }

  void link(String from, String to) throws IOException {
    SimInode inode = file(from);
    requireDirectory(parent(to));
    if (exists(to)) {
      throw new FileAlreadyExistsException(to);
    }
    change(parent(to), new NameChange(null, to, inode));
  }

  void create(String name) throws IOException {
    requireDirectory(parent(name));
    SimInode inode = new SimInode();
    change(parent(name), new NameChange(null, name, inode));
  }

  void createDirectory(String directory) {
    if (!exists(directory)) {
      createDirectory(parent(directory));
      change(parent(directory), new NameChange(null, directory, DIRECTORY));
    }
  }

  void rename(String from, String to) throws IOException {
    SimInode inode = file(from);
    requireDirectory(parent(to));
    change(parent(to), new NameChange(from, to, inode));
  }

  void delete(String name) {
    change(parent(name), new NameChange(name, null, null));
  }

  void forceDirectory(String directory) throws IOException {
    requireDirectory(directory);
    if (lies.contains(SimDisk.Lie.FORCE_DIRECTORY)) {
      return;
    }
    List<NameChange> changes = pending.remove(directory);
    if (changes != null) {
      changes.forEach(each -> each.apply(durable));
    }
  }

  /** Makes all names durable as they are. */
  void forceAll() {
    pending.values().forEach(changes -> changes.forEach(each -> each.apply(durable)));
    pending.clear();
  }

  void losePower() {
    powerLosses++;
    for (List<NameChange> changes : pending.values()) {
      int kept = random.nextInt(changes.size() + 1);
      changes.subList(0, kept).forEach(each -> each.apply(durable));
    }
    pending.clear();
    durable.keySet().removeIf(name -> !reachable(name));
    seen = new TreeMap<>(durable);
    // In the order of the names, each file once.
    Set<SimInode> done = Collections.newSetFromMap(new IdentityHashMap<>());
    for (SimInode inode : seen.values()) {
      if (inode != DIRECTORY && done.add(inode)) {
        inode.losePower(random);
      }
    }
  }

  /** The same state, unforced changes included. */
  SimVolume fork(RandomGenerator forkRandom) {
    SimVolume fork = new SimVolume(forkRandom);
    fork.forked.put(DIRECTORY, DIRECTORY);
    seen.forEach((name, inode) -> fork.seen.put(name, fork.own(inode)));
    durable.forEach((name, inode) -> fork.durable.put(name, fork.own(inode)));
    pending.forEach(
        (directory, changes) -> {
          List<NameChange> copies = new ArrayList<>();
          for (NameChange each : changes) {
            SimInode inode = each.inode();
            copies.add(
                new NameChange(each.gone(), each.name(), inode == null ? null : fork.own(inode)));
          }
          fork.pending.put(directory, copies);
        });
    fork.lies.addAll(lies);
    fork.powerLosses = powerLosses;
    fork.identities = identities;
    return fork;
  }

  SimVolume copy(RandomGenerator copyRandom) {
    SimVolume copy = new SimVolume(copyRandom);
    IdentityHashMap<SimInode, SimInode> copies = new IdentityHashMap<>();
    copies.put(DIRECTORY, DIRECTORY);
    seen.forEach(
        (name, inode) ->
            copy.seen.put(name, copies.computeIfAbsent(inode, original -> original.copy())));
    copy.durable.putAll(copy.seen);
    copy.lies.addAll(lies);
    copy.powerLosses = powerLosses;
    copy.identities = identities;
    return copy;
  }

  private void change(String directory, NameChange change) {
    change.apply(seen);
    pending.computeIfAbsent(directory, d -> new ArrayList<>()).add(change);
  }

  private boolean reachable(String name) {
    String parent = parent(name);
    return parent.isEmpty() || (durable.containsKey(parent) && reachable(parent));
  }

  private void requireDirectory(String directory) throws IOException {
    if (!directory.isEmpty() && seen.get(directory) != DIRECTORY) {
      throw new FileNotFoundException("no directory " + directory);
    }
  }

  private static String parent(String name) {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }
}
