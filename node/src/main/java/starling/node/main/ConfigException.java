package starling.node.main;

/** The configuration is wrong; the message is the one line that the process ends with. */
final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConfigException(String message) {
    super(message);
  }
}
