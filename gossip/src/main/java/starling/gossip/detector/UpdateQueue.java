package starling.gossip.detector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The updates that this member still spreads: at most one for each member, the latest. Each packet
 * takes the updates that were sent least often; an update ends when it has been sent a multiple of
 * the logarithm of the number of members (SWIM, section 4.1).
 */
final class UpdateQueue {
  private static final int MAX_TRANSMISSIONS = 128;

  /** No update is shorter. */
  private static final int MIN_BYTES = 26;

  /** Replaced items that may wait to be met, besides one for each member. */
  private static final int MAX_REPLACED = 64;

  private static final class Item {
    final UUID about;
    final byte[] bytes;
    int transmissions;

    Item(UUID about, byte[] bytes) {
      this.about = about;
      this.bytes = bytes;
    }
  }

  private final Map<UUID, Item> latest = new HashMap<>();

  /** By the number of transmissions; items that were replaced stay until they are met. */
  private final List<ArrayDeque<Item>> bySent = new ArrayList<>();

  private int queued;

  UpdateQueue() {
    for (int i = 0; i < MAX_TRANSMISSIONS; i++) {
      bySent.add(new ArrayDeque<>());
    }
  }

  /** Spreads an update, instead of an earlier one about the same member. */
  void add(Update update) {
    Item item = new Item(update.id(), update.encode());
    latest.put(update.id(), item);
    bySent.get(0).addFirst(item);
    queued++;
    if (queued > 2 * latest.size() + MAX_REPLACED) {
      bySent.forEach(items -> items.removeIf(each -> latest.get(each.about) != each));
      queued = latest.size();
    }
  }

  boolean isEmpty() {
    return latest.isEmpty();
  }

  int size() {
    return latest.size();
  }

  /**
   * Fills a packet.
   *
   * @param limit how often an update is sent
   * @param except about this member the packet says something already
   */
  void fill(PacketWriter out, int limit, @Nullable UUID except) {
    if (latest.isEmpty()) {
      return;
    }
    int bound = Math.min(limit, MAX_TRANSMISSIONS);
    List<Item> sent = new ArrayList<>();
    for (int i = 0; i < bound && out.room() > MIN_BYTES; i++) {
      ArrayDeque<Item> items = bySent.get(i);
      int left = items.size();
      while (left-- > 0) {
        Item item = items.removeFirst();
        if (latest.get(item.about) != item) {
          queued--;
          continue;
        }
        if (item.about.equals(except) || !out.append(item.bytes)) {
          items.addLast(item);
          if (out.room() <= MIN_BYTES) {
            break;
          }
          continue;
        }
        sent.add(item);
      }
    }
    for (Item item : sent) {
      item.transmissions++;
      if (item.transmissions >= bound) {
        latest.remove(item.about);
        queued--;
      } else {
        bySent.get(item.transmissions).addLast(item);
      }
    }
    endBeyond(bound);
  }

  /** The cluster has shrunk: what was sent so often already is not sent again. */
  private void endBeyond(int bound) {
    for (int i = bound; i < MAX_TRANSMISSIONS; i++) {
      for (Item item : bySent.get(i)) {
        queued--;
        latest.remove(item.about, item);
      }
      bySent.get(i).clear();
    }
  }
}
