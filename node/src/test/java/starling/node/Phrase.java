package starling.node;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A phrase that this project once used in a sense of its own, and the term that readers of the
 * field know instead. A word that also has an ordinary meaning is listed only in the form that
 * means the old term.
 *
 * @param pattern lower case, single spaces; whole words
 * @param say the term to use
 * @param example a text that contains the phrase
 * @param within the part of the tree where the phrase is unwanted; empty for everywhere
 */
record Phrase(Pattern pattern, String say, String example, String within) {

  /**
   * Names on disk and on the wire, which never change, and a few ordinary words around a listed
   * one. They are taken out of a text before it is searched.
   */
  private static final Pattern EXEMPT =
      Pattern.compile(
          "shown/|hints/|storage-life|ring-hold|clock-lease"
              + "|\\{@(?:link|linkplain|code|value) [^}]*}|<pre>.*?</pre>"
              + "|(?<!`)`[^`\\n]+`(?!`)"
              + "|@(?:param|see) [\\w.#]+",
          Pattern.DOTALL);

  static final List<Phrase> ALL =
      List.of(
          // the ring and who stores what
          of("circles?", "ring", "the tokens of the circle"),
          of("arcs?", "partition", "the arc of a token"),
          of("wards?", "primary", "the ward of a fallback"),
          of("stand-?ins?", "fallback", "a stand-in takes the write"),
          of("(?:stands?|stood|standing) in", "takes the writes of; fallback", "it stands in for"),
          of("hand(?:s|ed|ing)? (?:it |them )?(?:on|over)|handover", "forward", "is handed on"),
          // hints and repair
          of(
              "(?:go|goes|going|went|gone|come|comes|coming|came|bring|brings|brought|carry"
                  + "|carries|carried|is|are) home|homecoming",
              "is delivered; rollback detection",
              "hints go home"),
          of("mend(?:s|ed|ing)?", "repair", "a read mends it"),
          of("what (?:is|was|were) (?:kept|taken)", "hints; accepted writes", "what is kept of it"),
          of("what (?:is|was|were|has been) shown", "causal context", "covers what was shown"),
          of("stand(?:s|ing)? beside|stood beside", "is concurrent with", "it stands beside it"),
          of("counts? (?:to|for|towards) no read", "is incomplete", "it counts to no read"),
          of("counts? for nothing", "is not counted", "it counts for nothing"),
          of("named writes?", "write with an idempotency key", "a named write"),
          of("names? of (?:an|the|its) events?", "dot", "the name of an event"),
          // a node and its incarnations
          of(
              "li(?:fe|ves) of|(?:earlier|later|higher|lower|two|which|one|each|whose) li(?:fe|ves)",
              "incarnation",
              "a later life"),
          of(
              "(?:the|a|this|that|another|its|new|former) life",
              "incarnation",
              "the life that is known"),
          of("farewells?|good-?bye", "departure", "its farewell"),
          of(
              "(?:own|later|latest|last|first|late|whose|whole) words?",
              "statement; durable mark",
              "its own word"),
          of(
              "without a word|the words? of the|the words? of others",
              "silently; statement",
              "the word of others"),
          of(
              "how far (?:it|a node|this node|they|each|one|the node) (?:has|have|had) (?:come|got)",
              "durable mark",
              "says how far it has come"),
          of(
              "(?:director(?:y|ies)|node|copy|disk|log) of the past|(?:back )?from the past",
              "older copy of a data directory",
              "a directory of the past"),
          of(
              "(?:lose|loses|lost|losing) (?:its|their|all|the) memory|unbroken memory",
              "history",
              "it lost its memory"),
          of("pledges?", "publish durably", "a pledge"),
          of("news", "update; delta", "news travels as a delta"),
          of(
              "(?:stood|stand|stands|standing|hold|holds|held|holding) still|standstill",
              "process pause; fence",
              "it stood still"),
          in("gossip/", "exchanges?", "push-pull", "an exchange of digests"),
          // requests
          of(
              "doors?|doorkeepers?|doorsteps?",
              "admission control; handshake policy",
              "at the door"),
          of("(?:let|lets|letting) in", "admit", "requests that are let in"),
          of("turn(?:s|ed|ing)? away", "reject", "requests turned away"),
          of("(?:with|in) words", "with an explanatory error", "is refused with words"),
          of("ask(?:s|ed|ing)? further", "hedged request", "it asks further"),
          of("put(?:s|ting)? off", "defer", "batches put off"),
          of("fates?", "outcome", "the fate of a write"),
          of("patience", "timeout", "out of patience"),
          // storage
          of("(?:set|sets|setting|put|puts|laid) aside", "quarantine; reserve", "bytes set aside"),
          of("emptying|empties a segment|emptied segments?", "compaction", "emptying a segment"),
          of("upkeep", "maintenance", "the upkeep of the store"),
          of("stamps?", "sequence number", "the stamp of a record"),
          of("forc(?:e|es|ed|ing) (?:it |them )?to (?:the )?disk", "fsync", "forced to disk"),
          // nobody, somebody and other things without a name
          of("enem(?:y|ies)", "attacker", "an enemy"),
          of("chance", "randomness", "clocks and chance"),
          of("mischief|weather|troubles?", "fault", "the mischief of the nemesis"),
          of("(?:made|make|makes|making|built|builds) anew", "rebuilt", "its index is made anew"),
          of("whoever", "name the thing", "whoever asks"),
          of("nobody|no one", "no node, no client: name the thing", "nobody waits for it"),
          sentence("who", "name the thing", "Who asks too late gets nothing."),
          sentence("one (?:that|which|who)", "name the thing", "One that is late is told so."));

  private static Phrase of(String regex, String say, String example) {
    return in("", regex, say, example);
  }

  private static Phrase in(String within, String regex, String say, String example) {
    return new Phrase(
        Pattern.compile("(?<![\\w-])(?:" + regex + ")(?![\\w-])"), say, example, within);
  }

  /** A word as the subject of a sentence that is no question. */
  private static Phrase sentence(String regex, String say, String example) {
    return new Phrase(
        Pattern.compile("(?:^|\\. |<li> ?|<p> ?)(?:" + regex + ") (?![^.;]*\\?)"),
        say,
        example,
        "");
  }

  /** A matcher over a text in the form of {@link #plain}. */
  Matcher in(String plain) {
    return pattern.matcher(plain);
  }

  /**
   * The text as phrases are written: lower case, underscores as spaces, each run of white space one
   * space, without exempt names. Each of its characters comes from the position that {@code origin}
   * holds.
   */
  static Plain plain(String text) {
    char[] chars = text.toLowerCase(Locale.ROOT).toCharArray();
    Matcher exempt = EXEMPT.matcher(text);
    while (exempt.find()) {
      Arrays.fill(chars, exempt.start(), exempt.end(), '|');
    }
    StringBuilder plain = new StringBuilder();
    int[] origin = new int[chars.length + 1];
    for (int i = 0; i < chars.length; i++) {
      char each = Character.isWhitespace(chars[i]) || chars[i] == '_' ? ' ' : chars[i];
      if (each == ' ' && (plain.isEmpty() || plain.charAt(plain.length() - 1) == ' ')) {
        continue;
      }
      origin[plain.length()] = i;
      plain.append(each);
    }
    return new Plain(plain.toString(), origin);
  }

  record Plain(String text, int[] origin) {}
}
