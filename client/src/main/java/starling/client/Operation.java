package starling.client;

/** The kinds of calls, as observers and metrics name them. */
public enum Operation {
  GET,
  PUT,
  DELETE,
  LIST,
  BATCH,
  CLUSTER,
  /** A {@link Request} of the program's own. */
  REQUEST
}
