package starling.loadgen.workload;

import java.util.random.RandomGenerator;

/** Chooses the record of each operation. Used by one thread at a time. */
interface KeyChooser {
  /**
   * A record, from 0 to below {@code records}.
   *
   * @param records how many there are, 1 or more; never less than in the call before
   */
  long next(RandomGenerator random, long records);
}
