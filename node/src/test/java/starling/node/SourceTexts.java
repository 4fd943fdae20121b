package starling.node;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The texts of a source file that people read: comments and string literals, without the code. A
 * comment of several lines is one text, as are line comments that follow each other and literals
 * that are joined by nothing but {@code +}, so that a line break hides no phrase.
 */
final class SourceTexts {

  /**
   * One text.
   *
   * @param line the first line, from 1
   * @param text line breaks as in the file, so that a position leads to its line
   */
  record Text(int line, boolean comment, String text) {
    int lineAt(int position) {
      return line + (int) text.substring(0, position).chars().filter(c -> c == '\n').count();
    }
  }

  /** A token: a comment, a literal, or one character of code. */
  private record Token(char kind, int line, String text) {}

  private static final char BLOCK = '*';
  private static final char LINE = '/';
  private static final char LITERAL = '"';
  private static final char CODE = '.';

  private static final Pattern MARGIN = Pattern.compile("(?m)^[ \t]*\\*+");

  private final String source;
  private int at;
  private int line = 1;

  private SourceTexts(String source) {
    this.source = source;
  }

  static List<Text> of(String source) {
    return new SourceTexts(source).texts();
  }

  private List<Text> texts() {
    List<Token> tokens = tokens();
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      Token first = tokens.get(i);
      StringBuilder text = new StringBuilder(first.text());
      switch (first.kind()) {
        case LINE -> {
          while (i + 1 < tokens.size()
              && tokens.get(i + 1).kind() == LINE
              && tokens.get(i + 1).line() == tokens.get(i).line() + 1) {
            text.append('\n').append(tokens.get(++i).text());
          }
          texts.add(new Text(first.line(), true, text.toString()));
        }
        case BLOCK -> texts.add(new Text(first.line(), true, MARGIN.matcher(text).replaceAll(" ")));
        case LITERAL -> {
          while (i + 2 < tokens.size()
              && tokens.get(i + 1).text().equals("+")
              && tokens.get(i + 2).kind() == LITERAL) {
            text.append("\n".repeat(tokens.get(i + 2).line() - tokens.get(i).line()));
            i += 2;
            text.append(tokens.get(i).text());
          }
          texts.add(new Text(first.line(), false, text.toString()));
        }
        default -> {}
      }
    }
    return texts;
  }

  private List<Token> tokens() {
    List<Token> tokens = new ArrayList<>();
    while (at < source.length()) {
      if (source.startsWith("//", at)) {
        int end = source.indexOf('\n', at);
        tokens.add(upTo(end < 0 ? source.length() : end, LINE, 2, 0));
      } else if (source.startsWith("/*", at)) {
        tokens.add(upTo(source.indexOf("*/", at + 2) + 2, BLOCK, 2, 2));
      } else if (source.startsWith("\"\"\"", at)) {
        tokens.add(upTo(source.indexOf("\"\"\"", at + 3) + 3, LITERAL, 3, 3));
      } else if (source.charAt(at) == '"') {
        tokens.add(upTo(endOfLiteral('"'), LITERAL, 1, 1));
      } else if (source.charAt(at) == '\'') {
        tokens.add(upTo(endOfLiteral('\''), CODE, 0, 0));
      } else if (Character.isWhitespace(source.charAt(at))) {
        upTo(at + 1, CODE, 0, 0);
      } else {
        tokens.add(upTo(at + 1, CODE, 0, 0));
      }
    }
    return tokens;
  }

  /** Takes the source up to {@code end} as a token whose delimiters are left out of its text. */
  private Token upTo(int end, char kind, int opening, int closing) {
    Token token = new Token(kind, line, source.substring(at + opening, end - closing));
    line += (int) source.substring(at, end).chars().filter(c -> c == '\n').count();
    at = end;
    return token;
  }

  private int endOfLiteral(char quote) {
    int end = at + 1;
    while (source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    return end + 1;
  }
}
