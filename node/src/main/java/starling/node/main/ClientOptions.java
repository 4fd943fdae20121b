package starling.node.main;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import starling.gossip.Address;

/** The options of all commands that talk to a cluster. */
final class ClientOptions {
  /** How a result is printed. */
  enum Output {
    table,
    json
  }

  /** Rejects text after a value, so that a value cannot add fields of its own. */
  /** Reads digits, names and texts of any length, up to the length of a body. */
  static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNumberLength(Integer.MAX_VALUE)
                          .maxNameLength(Integer.MAX_VALUE)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT",
      description = "a node to ask; repeatable; else STARLING_ENDPOINTS, else 127.0.0.1:8080")
  private @Nullable List<String> endpoints;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "a file that holds the bearer token")
  private @Nullable String tokenFile;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "table|json",
      defaultValue = "table",
      description = "how to print: table or json")
  private Output output = Output.table;

  boolean json() {
    return output == Output.json;
  }

  /**
   * The cluster behind the endpoints.
   *
   * @param environment the variables whose names begin with {@code STARLING_}
   */
  Api api(Map<String, String> environment) {
    Variables.requireKnown(environment);
    List<Address> addresses = new ArrayList<>();
    for (String text : texts(environment.get(Variables.ENDPOINTS))) {
      addresses.add(address(text.strip()));
    }
    return new Api(addresses, token());
  }

  private List<String> texts(@Nullable String environment) {
    if (endpoints != null) {
      return endpoints;
    }
    return environment == null || environment.isBlank()
        ? List.of("127.0.0.1:8080")
        : List.of(environment.split(","));
  }

  /** HOST:PORT, also after {@code http://} as {@code curl} accepts it. */
  private static Address address(String text) {
    if (text.startsWith("https://")) {
      throw new ConfigException("--endpoint: '" + text + "': https is not built yet");
    }
    String endpoint = text.startsWith("http://") ? text.substring(7).replaceFirst("/$", "") : text;
    try {
      Address address = Address.parse(endpoint);
      if (address.port() == 0) {
        throw new IllegalArgumentException("'" + text + "': no node can be reached on port 0");
      }
      return address;
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--endpoint: " + e.getMessage());
    }
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return null;
    }
    String read;
    try {
      read = Files.readString(FileNames.path("--token-file", tokenFile)).strip();
    } catch (IOException e) {
      throw new ConfigException("--token-file: " + tokenFile + " cannot be read");
    }
    // Never printed, not even in an error.
    if (!read.matches("[!-~]+")) {
      throw new ConfigException("--token-file: " + tokenFile + " holds no token of visible ASCII");
    }
    return read;
  }
}
