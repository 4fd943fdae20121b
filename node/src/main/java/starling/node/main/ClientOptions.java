package starling.node.main;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import starling.gossip.Address;

/** What all commands share that talk to a cluster. */
final class ClientOptions {
  /** How a result is printed. */
  enum Output {
    table,
    json
  }

  /** Refuses what follows a value, so that a value cannot bring fields of its own along. */
  static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT",
      description = "a node to ask; repeatable; else STARLING_ENDPOINTS, else 127.0.0.1:8080")
  private @Nullable List<String> endpoints;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "a file that holds the bearer token")
  private @Nullable Path tokenFile;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "table|json",
      defaultValue = "table",
      description = "how to print: table or json")
  private Output output = Output.table;

  boolean json() {
    return output == Output.json;
  }

  /** The cluster behind the endpoints. */
  Api api() {
    List<Address> addresses = new ArrayList<>();
    for (String text : texts()) {
      try {
        addresses.add(Address.parse(text.strip()));
      } catch (IllegalArgumentException e) {
        throw new ConfigException("--endpoint: " + e.getMessage());
      }
    }
    return new Api(addresses, token());
  }

  private List<String> texts() {
    if (endpoints != null) {
      return endpoints;
    }
    String environment = System.getenv("STARLING_ENDPOINTS");
    return environment == null || environment.isBlank()
        ? List.of("127.0.0.1:8080")
        : List.of(environment.split(","));
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return null;
    }
    try {
      return Files.readString(tokenFile).strip();
    } catch (IOException e) {
      throw new ConfigException("--token-file: " + tokenFile + " cannot be read");
    }
  }
}
