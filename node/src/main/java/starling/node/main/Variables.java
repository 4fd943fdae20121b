package starling.node.main;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The environment variables of Starling. An unknown variable that begins with {@code STARLING_} is
 * rejected with the nearest known one: a misspelt option would otherwise keep its default silently.
 */
final class Variables {
  /** The nodes that the commands ask. */
  static final String ENDPOINTS = "STARLING_ENDPOINTS";

  /** Read by the scripts in {@code deploy}, whose children inherit their environment. */
  private static final List<String> OF_SCRIPTS = List.of("STARLING_JAR");

  /** Kubernetes gives each pod such variables for a service that is named starling. */
  private static final Pattern OF_SERVICES =
      Pattern.compile(
          "STARLING_([A-Z0-9_]+_)?(SERVICE_HOST=[0-9a-f.:]+|SERVICE_PORT(_[A-Z0-9_]+)?=[0-9]+"
              + "|PORT(_[0-9]+_(TCP|UDP|SCTP))?=(tcp|udp|sctp)://.*"
              + "|PORT_[0-9]+_(TCP|UDP|SCTP)_(PROTO=(tcp|udp|sctp)|PORT=[0-9]+|ADDR=[0-9a-f.:]+))");

  private Variables() {}

  /**
   * Rejects misspelt variables.
   *
   * @param environment variables by name
   * @throws ConfigException if one that begins with {@code STARLING_} is not known
   */
  static void requireKnown(Map<String, String> environment) {
    List<String> known = new ArrayList<>(OptionTexts.variables());
    known.add(ENDPOINTS);
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("STARLING_")
              && !known.contains(name)
              && !OF_SCRIPTS.contains(name)
              && !OF_SERVICES.matcher(name + "=" + value).matches()) {
            OptionTexts.refuseUnbuiltVariable(name);
            throw new ConfigException(
                "there is no environment variable "
                    + name
                    + "; did you mean "
                    + Nearest.of(name, known)
                    + "?");
          }
        });
  }
}
