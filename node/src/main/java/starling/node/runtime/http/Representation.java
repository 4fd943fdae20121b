package starling.node.runtime.http;

/** The forms in which one version of a key can be answered; each has entity tags of its own. */
enum Representation {
  /** JSON around one value, or around several siblings. */
  ENVELOPE('e'),
  /** JSON around a list of siblings, even of one. */
  LIST('l'),
  /** The value's own bytes. */
  BYTES('b');

  private final char mark;

  Representation(char mark) {
    this.mark = mark;
  }

  char mark() {
    return mark;
  }
}
