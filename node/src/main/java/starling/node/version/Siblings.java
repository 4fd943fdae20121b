package starling.node.version;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that one replica knows of one key: its siblings, each with its dot, one version vector for
 * everything ever seen, and seen dots that the vector does not cover. A dotted version vector set
 * (Preguiça, Baquero, Almeida and others, "Dotted version vectors"; the compact form of Gonçalves),
 * with single seen dots added so that a client can claim its own write and no more. Immutable.
 *
 * <ol>
 *   <li>Versions are ascending by dot, one per dot, and the vector covers each of them.
 *   <li>Seen dots are ascending, and the vector covers none.
 *   <li>Every event that was seen and is not among the versions was replaced by an event in this
 *       set's past, or is the twin of such an event.
 *   <li>A set cannot be taken apart: it is made by {@link #write}, {@link #join} and decoding only.
 *       A part of it with its whole vector would claim to have replaced the versions that are
 *       merely missing.
 * </ol>
 */
public final class Siblings {
  /*
   * Twins. A request that is sent again where its first event is not known makes a second one, its
   * twin (see IdempotencyRecord). A client that has seen one has seen the request, so:
   *
   * While several twins stand, all stay, and a read shows the lowest. Which versions are hidden is
   * part of the hash, and the records that say so stay as long as the versions do; so replicas with
   * equal hashes give equal answers. A write whose past covers one of them replaces all.
   *
   * Where a twin t of a standing version v was replaced, the join removes v: its dot stays covered,
   * exactly as if the writer that replaced t had named v too. From then on v is like any replaced
   * event, no record is needed to keep it so, and the hash says it.
   *
   * No version is removed wrongly. v goes only if every replaced event of its request that is known
   * has a higher counter than everything v itself replaced. Counters grow along causality, so
   * neither v nor anything that v has replaced can be what replaced t: that was an event w outside
   * the past of v, which stands or was replaced by yet later ones. Without this condition v could
   * have replaced t itself without knowing it for its twin (the record was gone, or a context named
   * the dot), would then be removed for it, and with it all that it had replaced. Every replaced
   * event of the request counts, not the nearest, because some may themselves have been removed for
   * a twin and say nothing of w.
   *
   * The join stays commutative and idempotent. It is associative too, as long as a request has made
   * two events, or replaced nothing newer than its own first event: what has been seen, what was
   * replaced and the records only grow, and the rule adds replaced events from these alone. Beyond
   * that (three events of one request, one of them above a foreign write) two orders can differ in
   * whether a twin still stands; joining both results removes it on both.
   *
   * None of this holds where the last writer wins: there one version stands, and one that was
   * dropped for a higher counter was not replaced by a writer that knew it.
   */

  /** A key of which nothing is known. */
  public static final Siblings EMPTY =
      new Siblings(List.of(), VersionVector.EMPTY, List.of(), List.of());

  /**
   * A write takes single dots from its context only up to this many. Those left out, the lowest
   * first, are not claimed: their values may remain as siblings of the new one until a set whose
   * vector covers them arrives. That is a sibling too many, never a value too few. A merge is not
   * limited (a limit in a join would make its result depend on the order), and dots that the set
   * already had are never dropped.
   */
  public static final int MAX_SEEN_DOTS_BY_WRITE = 32;

  private static final HashFunction HASH = Hashing.farmHashFingerprint64();

  private final List<Version> versions;
  private final VersionVector vector;
  private final List<Dot> seenDots;
  private final List<IdempotencyRecord> marks;

  /** 0 until first asked for; two threads that ask at once compute the same. */
  private long hash;

  Siblings(
      List<Version> versions,
      VersionVector vector,
      List<Dot> seenDots,
      List<IdempotencyRecord> marks) {
    this.versions = versions;
    this.vector = vector;
    this.seenDots = seenDots;
    this.marks = marks;
  }

  /** The versions, tombstones included, ascending by dot. */
  public List<Version> versions() {
    return versions;
  }

  /** The dots of the versions, ascending. */
  public List<Dot> dots() {
    List<Dot> dots = new ArrayList<>(versions.size());
    for (Version version : versions) {
      dots.add(version.dot());
    }
    return dots;
  }

  public VersionVector vector() {
    return vector;
  }

  /** Single dots that were seen and that the vector does not cover, ascending. */
  public List<Dot> seenDots() {
    return seenDots;
  }

  /** The idempotency records of recent requests, ascending by (counter, actor) of their events. */
  public List<IdempotencyRecord> marks() {
    return marks;
  }

  /** All events that this set has seen: the context of a reader of it. */
  public Past past() {
    return vector.isEmpty() && seenDots.isEmpty() ? Past.EMPTY : new Past(vector, seenDots);
  }

  /** Whether this event is known, present or replaced. */
  public boolean covers(Dot dot) {
    return vector.covers(dot) || DotList.contains(seenDots, dot);
  }

  /** Whether everything in this past is known. */
  public boolean covers(Past past) {
    if (!vector.covers(past.vector())) {
      return false;
    }
    for (Dot dot : past.dots()) {
      if (!covers(dot)) {
        return false;
      }
    }
    return true;
  }

  /** Whether this event is the only version: its writer knows the whole set. */
  public boolean standsAlone(Dot dot) {
    return versions.size() == 1 && versions.get(0).dot().equals(dot);
  }

  /** Whether no event of this key is known. */
  public boolean isEmpty() {
    return vector.isEmpty() && seenDots.isEmpty();
  }

  /** Whether the key was written and has no value. */
  public boolean deleted() {
    return !isEmpty() && values().isEmpty();
  }

  /**
   * The values of a read: all versions but tombstones, ascending by dot. Of several events that one
   * request made only the lowest.
   */
  public List<Version> values() {
    int hidden = 0;
    for (Version version : versions) {
      hidden += version.isTombstone() || hidden(version) ? 1 : 0;
    }
    if (hidden == 0) {
      return versions;
    }
    if (hidden == versions.size()) {
      return List.of();
    }
    List<Version> shown = new ArrayList<>(versions.size() - hidden);
    for (Version version : versions) {
      if (!version.isTombstone() && !hidden(version)) {
        shown.add(version);
      }
    }
    return List.copyOf(shown);
  }

  /** Whether a lower twin hides this version from reads. */
  public boolean hidden(Version version) {
    if (marks.size() < 2 || versions.size() < 2) {
      return false;
    }
    for (IdempotencyRecord mark : marks) {
      if (mark.dot().equals(version.dot())) {
        for (IdempotencyRecord twin : marks) {
          if (twin.twinOf(mark)
              && mark.dot().higherThan(twin.dot())
              && version(twin.dot()) != null) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** Whether a standing version is hidden by what this record says, or hides another by it. */
  private boolean hides(IdempotencyRecord mark) {
    if (version(mark.dot()) == null) {
      return false;
    }
    for (IdempotencyRecord twin : marks) {
      if (twin.twinOf(mark) && version(twin.dot()) != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same past, and where it covers one of several events that one request made, the others that
   * stand too: a client that has seen one has seen them all.
   */
  public Past withTwins(Past past) {
    if (marks.size() < 2 || versions.isEmpty()) {
      return past;
    }
    List<IdempotencyRecord> standing = marksOfStanding();
    Past wider = past;
    for (IdempotencyRecord mark : standing) {
      for (IdempotencyRecord twin : standing) {
        if (twin.twinOf(mark) && past.covers(twin.dot())) {
          wider = wider.with(mark.dot());
        }
      }
    }
    return withTwinsOfTheUnknown(wider);
  }

  /** The same for twins of events that the past covers and this set has never seen. */
  private Past withTwinsOfTheUnknown(Past past) {
    List<Version> left = new ArrayList<>(versions);
    left.removeIf(version -> past.covers(version.dot()));
    VersionVector covered = vector.join(past.vector());
    removeTwins(left, marks, covered, DotList.union(seenDots, past.dots(), covered));
    Past wider = past;
    for (Version version : versions) {
      if (!left.contains(version)) {
        wider = wider.with(version.dot());
      }
    }
    return wider;
  }

  /** The idempotency records of the versions, ascending. */
  List<IdempotencyRecord> marksOfStanding() {
    if (marks.isEmpty()) {
      return List.of();
    }
    List<IdempotencyRecord> found = new ArrayList<>(versions.size());
    for (IdempotencyRecord mark : marks) {
      if (version(mark.dot()) != null) {
        found.add(mark);
      }
    }
    return found;
  }

  /**
   * Removes the versions of which a twin was replaced. Each round judges all versions by what the
   * rounds before have removed, so that the result does not depend on any order.
   *
   * @param standing ascending; what is not in it and is covered was replaced
   */
  private static void removeTwins(
      List<Version> standing, List<IdempotencyRecord> marks, VersionVector vector, List<Dot> seen) {
    boolean removed;
    do {
      List<Dot> gone = new ArrayList<>();
      for (IdempotencyRecord mark : marks) {
        if (version(standing, mark.dot()) != null
            && replacedByTwin(mark, standing, marks, vector, seen)) {
          gone.add(mark.dot());
        }
      }
      removed = !gone.isEmpty() && standing.removeIf(version -> gone.contains(version.dot()));
    } while (removed);
  }

  private static boolean replacedByTwin(
      IdempotencyRecord mark,
      List<Version> standing,
      List<IdempotencyRecord> marks,
      VersionVector vector,
      List<Dot> seen) {
    boolean found = false;
    for (IdempotencyRecord other : marks) {
      Dot dot = other.dot();
      if (other.sameRequest(mark)
          && !dot.equals(mark.dot())
          && version(standing, dot) == null
          && (vector.covers(dot) || DotList.contains(seen, dot))) {
        if (dot.counter() <= mark.replaced()) {
          return false;
        }
        found |= other.twinOf(mark);
      }
    }
    return found;
  }

  /** The version with this dot, or null. */
  public @Nullable Version version(Dot dot) {
    return version(versions, dot);
  }

  private static @Nullable Version version(List<Version> versions, Dot dot) {
    for (Version version : versions) {
      if (version.dot().equals(dot)) {
        return version;
      }
    }
    return null;
  }

  /** The version with the highest (counter, actor), or null where there is none. */
  public @Nullable Version latest() {
    Version latest = null;
    for (Version version : versions) {
      if (latest == null || version.dot().higherThan(latest.dot())) {
        latest = version;
      }
    }
    return latest;
  }

  /** The highest counter of a seen event; a new event takes a higher one. */
  public long highestCounter() {
    return Math.max(vector.highestCounter(), DotList.highestCounter(seenDots));
  }

  /** The number of versions, tombstones included, without those that a twin hides. */
  public int siblings() {
    int siblings = 0;
    for (Version version : versions) {
      siblings += hidden(version) ? 0 : 1;
    }
    return siblings;
  }

  /** Bytes of all values, without those that a twin hides. */
  public long bytes() {
    long bytes = 0;
    for (Version version : versions) {
      bytes += hidden(version) ? 0 : version.content().valueBytes();
    }
    return bytes;
  }

  /**
   * The set after an event: without what the event's past covers and the twins of that, with the
   * event. The past is fixed here for good. See {@link #MAX_SEEN_DOTS_BY_WRITE} for single dots
   * beyond the bound.
   *
   * @throws IllegalArgumentException if the event's counter is not above everything in the set and
   *     the past: a causally later event must have a higher counter
   */
  public Siblings write(Past past, Version event) {
    long seen = Math.max(highestCounter(), past.highestCounter());
    if (event.dot().counter() <= seen) {
      throw new IllegalArgumentException(
          "the counter of " + event.dot() + " is not above " + seen + ", which was already seen");
    }
    VersionVector grown = vector.join(past.vector()).with(event.dot());
    Past replaced = withTwins(past);
    List<Version> standing = new ArrayList<>(versions.size() + 1);
    for (Version version : versions) {
      if (!replaced.covers(version.dot())) {
        standing.add(version);
      }
    }
    insert(standing, event);
    return new Siblings(List.copyOf(standing), grown, seenAfterWrite(past.dots(), grown), marks);
  }

  private static void insert(List<Version> ascending, Version event) {
    int at = 0;
    while (at < ascending.size() && ascending.get(at).dot().compareTo(event.dot()) < 0) {
      at++;
    }
    ascending.add(at, event);
  }

  private List<Dot> seenAfterWrite(List<Dot> given, VersionVector grown) {
    List<Dot> own = DotList.normal(seenDots, grown);
    if (given.isEmpty()) {
      return own;
    }
    List<Dot> fresh = new ArrayList<>();
    for (Dot dot : given) {
      if (!grown.covers(dot) && !DotList.contains(own, dot)) {
        fresh.add(dot);
      }
    }
    int room = Math.max(0, MAX_SEEN_DOTS_BY_WRITE - own.size());
    if (fresh.size() > room) {
      fresh.sort(Dot.BY_COUNTER.reversed());
      fresh = fresh.subList(0, room);
    }
    return DotList.union(own, fresh, grown);
  }

  /**
   * The same in a bucket where the last writer wins: only the version with the highest (counter,
   * actor) stays, which is the event.
   */
  public Siblings writeLatest(Past past, Version event) {
    return write(past, event).onlyLatest();
  }

  /** Both sets as one. Commutative, associative, idempotent; for twins see inside the class. */
  public Siblings join(Siblings other) {
    return join(other, JoinAlarm.SILENT);
  }

  /**
   * Both sets as one: a value stays unless the other side has seen its dot and no longer holds it,
   * or a twin of it was replaced. The answer is this very set if the other brings nothing new, and
   * the other itself if this one adds nothing to it.
   *
   * @param alarm called if one dot came with two contents; the greater stays
   */
  public Siblings join(Siblings other, JoinAlarm alarm) {
    return join(other, alarm, true);
  }

  private Siblings join(Siblings other, JoinAlarm alarm, boolean twins) {
    List<Version> standing = new ArrayList<>(versions.size() + other.versions.size());
    int i = 0;
    int j = 0;
    while (i < versions.size() || j < other.versions.size()) {
      Version mine = i < versions.size() ? versions.get(i) : null;
      Version theirs = j < other.versions.size() ? other.versions.get(j) : null;
      int c = mine == null ? 1 : theirs == null ? -1 : mine.dot().compareTo(theirs.dot());
      if (mine != null && theirs != null && c == 0) {
        standing.add(same(mine, theirs, alarm));
      } else if (mine != null && c < 0 && !other.covers(mine.dot())) {
        standing.add(mine);
      } else if (theirs != null && c > 0 && !covers(theirs.dot())) {
        standing.add(theirs);
      }
      i += c <= 0 ? 1 : 0;
      j += c >= 0 ? 1 : 0;
    }
    VersionVector joined = vector.join(other.vector);
    List<Dot> seen = DotList.union(seenDots, other.seenDots, joined);
    List<IdempotencyRecord> recent = IdempotencyRecord.union(marks, other.marks);
    if (twins && recent.size() > 1) {
      removeTwins(standing, recent, joined, seen);
    }
    if (is(standing, joined, seen, recent)) {
      return this;
    }
    if (other.is(standing, joined, seen, recent)) {
      return other;
    }
    return new Siblings(List.copyOf(standing), joined, seen, recent);
  }

  private static Version same(Version mine, Version theirs, JoinAlarm alarm) {
    int c = mine.content().compareTo(theirs.content());
    if (c == 0) {
      return mine;
    }
    Version kept = c > 0 ? mine : theirs;
    Version dropped = c > 0 ? theirs : mine;
    alarm.sameDotTwice(kept.dot(), kept.content(), dropped.content());
    return kept;
  }

  /** The join of a bucket where the last writer wins. */
  public Siblings joinLatest(Siblings other) {
    return joinLatest(other, JoinAlarm.SILENT);
  }

  /** The join, of which only the highest (counter, actor) stays. */
  public Siblings joinLatest(Siblings other, JoinAlarm alarm) {
    return join(other, alarm, false).onlyLatest();
  }

  private Siblings onlyLatest() {
    Version latest = latest();
    return latest == null || versions.size() == 1
        ? this
        : new Siblings(List.of(latest), vector, seenDots, marks);
  }

  /**
   * With the idempotency records that a writer's context carries, so that its write replaces twins
   * of versions that the writer has seen, even if this set never had the record.
   */
  public Siblings withMarksOf(Context context) {
    if (context.marks().isEmpty()) {
      return this;
    }
    List<IdempotencyRecord> more = IdempotencyRecord.union(marks, context.marks());
    return more.size() == marks.size() ? this : new Siblings(versions, vector, seenDots, more);
  }

  /** With one idempotency record more. */
  public Siblings withMark(IdempotencyRecord mark) {
    return new Siblings(versions, vector, seenDots, IdempotencyRecord.union(marks, List.of(mark)));
  }

  /**
   * Without these idempotency records. Kept all the same: a record that hides a standing version or
   * by which one is hidden, and each record of a request of which another record stays.
   */
  public Siblings withoutMarks(Set<IdempotencyRecord> forgotten) {
    if (forgotten.isEmpty()) {
      return this;
    }
    List<IdempotencyRecord> certain = new ArrayList<>();
    for (IdempotencyRecord mark : marks) {
      if (!forgotten.contains(mark) || hides(mark)) {
        certain.add(mark);
      }
    }
    List<IdempotencyRecord> kept = new ArrayList<>();
    for (IdempotencyRecord mark : marks) {
      if (certain.contains(mark) || certain.stream().anyMatch(mark::sameRequest)) {
        kept.add(mark);
      }
    }
    return kept.size() == marks.size()
        ? this
        : new Siblings(versions, vector, seenDots, List.copyOf(kept));
  }

  /**
   * Equal on two replicas exactly if they hold the same versions and have seen the same. Covers
   * dots with checksum and expiry, tombstone flags, which versions a twin hides, vector and seen
   * dots in canonical order; no other idempotency records, local times, compression, or whether
   * something has expired. 0 where nothing is known.
   */
  public long hash() {
    if (hash == 0 && !isEmpty()) {
      hash = computeHash();
    }
    return hash;
  }

  private long computeHash() {
    BinaryWriter out =
        new BinaryWriter(16 + 41 * versions.size() + 24 * (vector.size() + seenDots.size()));
    out.varint(versions.size());
    for (Version version : versions) {
      Content content = version.content();
      out.dot(version.dot()).i64(content.checksum()).i64(content.expiresAtMillis());
      out.u8((content.isTombstone() ? 1 : 0) | (hidden(version) ? 2 : 0));
    }
    PastCodec.writeVector(out, vector);
    PastCodec.writeDots(out, seenDots);
    return HASH.hashBytes(out.array(), 0, out.size()).asLong();
  }

  /** Whether everything that the hash covers is the same. */
  public boolean sameVersions(Siblings other) {
    return is(other.versions, other.vector, other.seenDots, marks)
        && versions.stream().allMatch(version -> hidden(version) == other.hidden(version));
  }

  private boolean is(
      List<Version> standing, VersionVector seen, List<Dot> dots, List<IdempotencyRecord> recent) {
    return vector.equals(seen)
        && versions.equals(standing)
        && seenDots.equals(dots)
        && marks.equals(recent);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Siblings set && is(set.versions, set.vector, set.seenDots, set.marks);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash());
  }

  @Override
  public String toString() {
    return "Siblings" + versions + " of " + vector + (seenDots.isEmpty() ? "" : " and " + seenDots);
  }
}
