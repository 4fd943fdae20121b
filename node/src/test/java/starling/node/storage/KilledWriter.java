package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.nio.file.Path;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;

/** A process that writes until it is killed, and prints the number of each acknowledged append. */
final class KilledWriter {
  private static final int IN_FLIGHT = 64;

  private KilledWriter() {}

  /**
   * @param args a directory and the first number to write
   */
  public static void main(String[] args) throws Exception {
    OwnerThread owner = new OwnerThread();
    PrintStream out = new PrintStream(System.out, false, UTF_8);
    FileDisk disk = FileDisk.open(Path.of(args[0]));
    LogStorage storage = owner.open(disk, StorageThreads.start("storage"));
    int[] next = {Integer.parseInt(args[1])};
    for (int i = 0; i < IN_FLIGHT; i++) {
      append(storage, next, out);
    }
    owner.runUntil(() -> false);
  }

  private static void append(LogStorage storage, int[] next, PrintStream out) {
    int number = next[0]++;
    Durability durability = number % 3 == 0 ? Durability.REPLICATED : Durability.SYNCED;
    storage.append(
        key(number),
        number % 8,
        number,
        set(number),
        durability,
        failure -> {
          out.println(failure == null ? Integer.toString(number) : failure.reason());
          out.flush();
          append(storage, next, out);
        });
  }

  static Key key(int number) {
    return new Key("bucket", Integer.toString(number).getBytes(UTF_8), number);
  }

  static byte[] set(int number) {
    return ("set of " + number + ".".repeat(number % 400)).getBytes(UTF_8);
  }
}
