package starling.node.runtime;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import starling.node.port.Randomness;

/** The randomness of this machine: strong for identities, cheap for choices. */
public final class SystemRandomness implements Randomness {
  private final SecureRandom identity = new SecureRandom();
  private final SplittableRandom choice = new SplittableRandom(identity.nextLong());

  @Override
  public RandomGenerator identity() {
    return identity;
  }

  @Override
  public RandomGenerator choice() {
    return choice;
  }
}
