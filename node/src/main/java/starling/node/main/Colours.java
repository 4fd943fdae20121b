package starling.node.main;

import picocli.CommandLine.Help.Ansi;

/** Colours on a terminal; plain text otherwise, and where {@code NO_COLOR} is set. */
enum Colours {
  PLAIN(""),
  GREEN("\u001B[32m"),
  YELLOW("\u001B[33m"),
  RED("\u001B[31m"),
  FAINT("\u001B[2m");

  private static final String RESET = "\u001B[0m";

  private final String begin;

  Colours(String begin) {
    this.begin = begin;
  }

  /** Whether standard output shows them. */
  static boolean enabled() {
    return Ansi.AUTO.enabled();
  }

  /** The colour of a member's status. */
  static Colours ofStatus(String status) {
    return switch (status) {
      case "alive" -> GREEN;
      case "suspect" -> YELLOW;
      case "dead" -> RED;
      case "left" -> FAINT;
      default -> PLAIN;
    };
  }

  String paint(String text) {
    return this == PLAIN ? text : begin + text + RESET;
  }
}
