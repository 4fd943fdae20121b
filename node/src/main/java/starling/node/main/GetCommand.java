package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import starling.client.Context;
import starling.client.Response;

/** Reads one key. */
@Command(
    name = "get",
    description = {
      "Prints the value of a key as a line of text; with -o json the whole answer with its context.",
      "A value that is no text ends with status 2: --out writes it.",
      "Exit status 3: nothing is stored; 4: the key has siblings, all are printed."
    },
    mixinStandardHelpOptions = true)
final class GetCommand extends ClusterCommand {
  private static final String STANDARD_OUTPUT = "-";
  private static final int SIBLINGS = 300;

  @Mixin private KeyOptions key;
  @Mixin private ReadQuorum quorum;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = {
        "writes the value to FILE, or to standard output (-), with no line end behind it:",
        "bytes as they are, a string as its text, other JSON as it is stored"
      })
  private @Nullable String out;

  @Override
  int ask(Api api) {
    if (out != null) {
      return write(api, out);
    }
    Response answer = api.get(key.storePath(quorum.options()));
    boolean siblings = answer.status() == SIBLINGS;
    int status = siblings ? ExitStatus.CONFLICT : ExitStatus.DONE;
    JsonNode found = Api.json(answer);
    if (json()) {
      printJson(found);
      return status;
    }
    List<String> lines = new ArrayList<>();
    if (siblings) {
      found.path("siblings").forEach(sibling -> lines.add(text(sibling)));
    } else {
      lines.add(text(found));
    }
    lines.forEach(this::print);
    return status;
  }

  private int write(Api api, String to) {
    boolean toOutput = to.equals(STANDARD_OUTPUT);
    if (toOutput && json()) {
      throw new ConfigException("-o json and --out - cannot both print to standard output");
    }
    Path file = toOutput ? null : FileNames.path("--out", to);
    Map<String, @Nullable String> options = quorum.options();
    options.put("raw", "true");
    Response answer = api.get(key.storePath(options));
    if (answer.status() == SIBLINGS) {
      return fail(
          "the key has siblings, so nothing was written: -o json prints them", ExitStatus.CONFLICT);
    }
    String type = answer.contentType().orElse("");
    byte[] value = value(answer, type);
    if (file == null) {
      streams().write(value);
      return ExitStatus.DONE;
    }
    try (OutputStream stream = Files.newOutputStream(file)) {
      stream.write(value);
    } catch (IOException e) {
      throw new CommandFailedException(to + " cannot be written: " + FileNames.reason(e), e);
    }
    if (json()) {
      ObjectNode written = ClientOptions.JSON.createObjectNode();
      written.put("message", "written").put("key", key.key()).put("bytes", value.length);
      written.put("contentType", type);
      printJson(written.put("context", answer.context().map(Context::text).orElse(null)));
    } else {
      print("wrote " + value.length + " bytes of " + type + " to " + to);
    }
    return ExitStatus.DONE;
  }

  /** Only JSON values have the type of JSON; a JSON string is printed as its text. */
  private static byte[] value(Response answer, String type) {
    if (!type.startsWith("application/json")) {
      return answer.bytes();
    }
    JsonNode json = Api.json(answer);
    return json.isTextual()
        ? representable(json.asText()).getBytes(StandardCharsets.UTF_8)
        : answer.bytes();
  }

  /**
   * A string and bytes that are text as they are, any other JSON as JSON.
   *
   * @throws ConfigException if the value cannot be printed as text
   */
  static String text(JsonNode holder) {
    JsonNode value = holder.path("value");
    if (!value.isTextual()) {
      return Surrogates.escaped(value.toString());
    }
    if (!base64(holder)) {
      return representable(value.asText());
    }
    byte[] bytes = Base64.getDecoder().decode(value.asText());
    String text = utf8(bytes);
    if (text == null) {
      throw new ConfigException(
          "the value is no text but "
              + bytes(holder, bytes)
              + ": --out FILE or --out - writes them as they are");
    }
    return text;
  }

  /** The same for people to look at, where a value need not be whole. */
  static String shown(JsonNode holder) {
    if (base64(holder)) {
      byte[] bytes = Base64.getDecoder().decode(holder.path("value").asText());
      String text = utf8(bytes);
      return text == null ? bytes(holder, bytes) : text;
    }
    JsonNode value = holder.path("value");
    return Surrogates.escaped(value.isTextual() ? value.asText() : value.toString());
  }

  private static boolean base64(JsonNode holder) {
    return holder.path("encoding").asText().equals("base64");
  }

  private static String bytes(JsonNode holder, byte[] bytes) {
    return bytes.length + " bytes of " + holder.path("contentType").asText();
  }

  private static @Nullable String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static String representable(String text) {
    if (!Surrogates.paired(text)) {
      throw new ConfigException(
          "the value is a string that UTF-8 cannot carry (half a surrogate pair): -o json prints"
              + " it");
    }
    return text;
  }
}
