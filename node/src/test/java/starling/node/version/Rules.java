package starling.node.version;

import java.util.random.RandomGenerator;

/**
 * The places where a store built on these sets can go wrong, with what is right as the default. A
 * planted bug overrides one of them.
 */
interface Rules {
  Rules RIGHT = new Rules() {};

  /** What a client may claim after its write. */
  default Past contextAfterWrite(Siblings stored, Dot own, Past given) {
    return Past.contextAfterWrite(stored, own, given);
  }

  /** The past of a write, from what the client or the quorum gave. */
  default Past past(Past given) {
    return given;
  }

  /** The actor of writes after a replica forgot something. */
  default Actor actorAfterLoss(Actor before, RandomGenerator random) {
    return new Actor(random.nextLong(), random.nextLong());
  }

  /** What travels to other replicas after this event. */
  default Siblings sent(Siblings whole, Dot event) {
    return whole;
  }

  default Siblings join(Siblings mine, Siblings theirs) {
    return mine.join(theirs);
  }

  /** The set that a write or a merge starts from. */
  default boolean startsFromAppended() {
    return true;
  }

  /** The bytes that a set turns into between replicas. */
  default Siblings carried(Siblings set) {
    return SiblingsCodec.decode(SiblingsCodec.encode(set));
  }
}
