package starling.node.storage.index;

/** The value of an entry: location, length with the removed mark as its top bit, version hash. */
record Place(long location, int lengthAndMark, long versionHash) {}
