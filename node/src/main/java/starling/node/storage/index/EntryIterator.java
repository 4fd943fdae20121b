package starling.node.storage.index;

import java.io.IOException;

/** Entries in ascending order of position, then fingerprint, as unsigned numbers. */
public interface EntryIterator {
  /** Puts the next entry into the cursor; {@code false} if there is none. */
  boolean next(EntryCursor into) throws IOException;
}
