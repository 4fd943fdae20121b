package starling.node.main;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import starling.client.Body;
import starling.client.Context;
import starling.client.Request;
import starling.client.Response;

/** Writes one key. */
@Command(
    name = "put",
    description = {
      "Stores a value under a key, replacing what its quorum holds.",
      "With --context it replaces exactly what that context has seen.",
      "VALUE is stored as a string, as it is typed; --file and - (standard input) store bytes",
      "as they are, with their content type; with --json all are JSON."
    },
    mixinStandardHelpOptions = true)
final class PutCommand extends ClusterCommand {
  private static final String STANDARD_INPUT = "-";
  private static final String BYTES = "application/octet-stream";

  @Mixin private KeyOptions key;
  @Mixin private WriteQuorum quorum;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VALUE",
      description = "the value, or - for the bytes of standard input")
  private @Nullable String value;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "the value is the bytes of this file")
  private @Nullable String file;

  @Option(
      names = "--content-type",
      paramLabel = "TYPE",
      description = "the type of the bytes of --file or -; else application/octet-stream")
  private @Nullable String contentType;

  @Option(names = "--json", description = "the value is JSON")
  private boolean jsonValue;

  @Option(
      names = "--context",
      paramLabel = "CONTEXT",
      description = "the causal context that a get of the key returned")
  private @Nullable String context;

  @Override
  int ask(Api api) {
    Body body = body();
    Request request = Request.put(key.storePath(quorum.options()), body);
    if (context != null && !body.isJson()) {
      request = request.replacing(context(context));
    }
    Response answer = api.write(request, quorum.idempotencyKey());
    if (json()) {
      printJson(Api.json(answer));
    } else {
      print("stored");
    }
    return ExitStatus.DONE;
  }

  private Body body() {
    if ((value == null) == (file == null)) {
      throw new ConfigException("put takes a VALUE or --file FILE, one of them");
    }
    if (value != null && !value.equals(STANDARD_INPUT)) {
      if (contentType != null) {
        throw new ConfigException("--content-type goes with --file or -: VALUE is a string");
      }
      return envelope(value);
    }
    byte[] bytes = file == null || file.equals(STANDARD_INPUT) ? streams().readAll() : read(file);
    if (!jsonValue) {
      return raw(bytes);
    }
    if (contentType != null) {
      throw new ConfigException("--json and --content-type exclude each other");
    }
    try {
      return envelope(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      throw new ConfigException("the value is not JSON: it is not UTF-8");
    }
  }

  private static byte[] read(String file) {
    try (InputStream stream = Files.newInputStream(FileNames.path("--file", file))) {
      return StandardStreams.bounded(stream, file);
    } catch (IOException e) {
      throw new CommandFailedException(file + " cannot be read: " + FileNames.reason(e), e);
    }
  }

  /** Bytes as they are; the other fields of the envelope go into headers. */
  private Body raw(byte[] bytes) {
    String type = contentType == null ? BYTES : contentType.strip();
    if (!type.matches("[!-~]+/[!-~][ -~]*")) {
      throw new ConfigException("--content-type must be TYPE/SUBTYPE, but is '" + type + "'");
    }
    if (type.matches("(?i)application/json\\s*(;.*)?")) {
      throw new ConfigException("--content-type: a value of JSON is stored with --json");
    }
    try {
      return Body.of(bytes, type);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--content-type: " + e.getMessage());
    }
  }

  private static Context context(String text) {
    try {
      return new Context(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--context must be a context that the cluster gave, in base64url");
    }
  }

  private Body envelope(String text) {
    ObjectNode body = ClientOptions.JSON.createObjectNode();
    if (jsonValue) {
      try {
        // Checked here for a clear message; sent as it was written.
        if (ClientOptions.JSON.readTree(text).isMissingNode()) {
          throw new ConfigException("the value is not JSON: it is empty");
        }
      } catch (JsonProcessingException e) {
        throw new ConfigException("the value is not JSON");
      }
      body.putRawValue("value", new RawValue(text));
    } else {
      body.put("value", text);
    }
    if (context != null) {
      body.put("context", context);
    }
    return Body.of(body.toString().getBytes(StandardCharsets.UTF_8), Body.JSON);
  }
}
