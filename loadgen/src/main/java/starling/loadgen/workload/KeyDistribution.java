package starling.loadgen.workload;

import java.util.Locale;

/** How often each record is used. */
public enum KeyDistribution {
  /** A few records get most operations, and lie anywhere among all. */
  ZIPFIAN {
    @Override
    KeyChooser chooser() {
      Zipfian ranks = Zipfian.ofManyRanks();
      return (random, records) -> Zipfian.scatter(ranks.next(random)) % records;
    }
  },
  /** All alike. */
  UNIFORM {
    @Override
    KeyChooser chooser() {
      return (random, records) -> random.nextLong(records);
    }
  },
  /** Mostly those that were inserted last. */
  LATEST {
    @Override
    KeyChooser chooser() {
      Zipfian ages = new Zipfian();
      return (random, records) -> records - 1 - ages.next(random, records);
    }
  };

  abstract KeyChooser chooser();

  /** As the command line names it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
