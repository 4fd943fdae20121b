package starling.node.port;

import java.util.random.RandomGenerator;

/**
 * Where a node takes its chance from. Identity (actors, lives, node ids, keys of contexts) must be
 * unguessable and collision-free across machines, choices (which peer, how much jitter) only cheap:
 * they come from two generators, both seeded under simulation.
 */
public interface Randomness {
  /** For what must be unique for ever; cryptographically strong in production. */
  RandomGenerator identity();

  /** For choices; fast, not secret. */
  RandomGenerator choice();
}
