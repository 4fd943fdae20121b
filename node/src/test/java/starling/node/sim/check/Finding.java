package starling.node.sim.check;

import org.jspecify.annotations.Nullable;
import starling.node.sim.workload.History.Write;

/**
 * One thing that an oracle finds wrong with the values of a key. Whether the store had promised
 * otherwise is judged apart: {@link Exemption}.
 *
 * @param subject the acknowledged write whose promise is broken; null where a value stands that no
 *     write can account for
 * @param other the write that stands against it, or null
 */
record Finding(Kind kind, @Nullable Write subject, @Nullable Write other, String text) {
  enum Kind {
    LOST,
    PHANTOM,
    RESURRECTED,
    FALSE_SIBLING,
    TORN_PAST,
    BEATEN,
    SEVERAL_VALUES
  }

  @Override
  public String toString() {
    return text;
  }
}
