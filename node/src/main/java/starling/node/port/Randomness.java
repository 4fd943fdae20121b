package starling.node.port;

import java.util.random.RandomGenerator;

/**
 * The randomness of a node. Identities (actors, process nonces, node ids, keys of contexts) must be
 * unguessable and unique across machines; choices (which peer, how much jitter) must be cheap. They
 * come from two generators, both seeded under simulation.
 */
public interface Randomness {
  /** For identities, which must be unique for ever; cryptographically strong in production. */
  RandomGenerator identity();

  /** For choices; fast, not secret. */
  RandomGenerator choice();
}
