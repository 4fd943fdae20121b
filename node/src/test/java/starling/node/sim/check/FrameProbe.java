package starling.node.sim.check;

import org.jspecify.annotations.Nullable;
import starling.node.peer.Tampering;

/** What a frame on its way tells of the rare path that it belongs to. */
public final class FrameProbe {
  private FrameProbe() {}

  public static @Nullable CoverageMark of(byte[] frame) {
    if (Tampering.listsKeys(frame)) {
      return CoverageMark.REPLICA_COMPARED;
    }
    if (Tampering.listsHints(frame)) {
      return CoverageMark.HINT_HOLDERS_ASKED;
    }
    return Tampering.takesBack(frame) ? CoverageMark.HANDED_ON_WRITE_TAKEN_BACK : null;
  }
}
