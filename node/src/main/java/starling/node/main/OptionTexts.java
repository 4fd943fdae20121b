package starling.node.main;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The texts of all options by their path, from four sources: a flag wins over the environment, that
 * over the file, that over the default. Every option of the file may also come as {@code --set
 * path=value} or as an environment variable: {@code http.maxValueBytes} is {@code
 * STARLING_HTTP_MAX_VALUE_BYTES}. What is no option is refused, with the nearest one there is.
 */
final class OptionTexts {
  /** What is promised but not built: a clear refusal instead of a silent promise. */
  private static final List<String> NOT_BUILT =
      List.of("security.tls", "security.tokens", "security.jwt", "security.atRest");

  /** Options by their old path: an old name is rejected with the new one. */
  private static final Map<String, Option> RENAMED = Map.of("trustThisCopy", Option.ACCEPT_STALE);

  private final Map<String, String> texts = new TreeMap<>();

  /** Adds a file; values that are there already stay. */
  void addFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException("--config: there is no file " + file);
    }
    try {
      JsonNode tree =
          YAMLMapper.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .build()
              .readTree(Files.readAllBytes(file));
      if (tree != null && !tree.isMissingNode() && !tree.isNull()) {
        if (!tree.isObject()) {
          throw new ConfigException(file + " must hold options by name");
        }
        flatten("", tree);
      }
    } catch (IOException e) {
      throw new ConfigException(file + " cannot be read: " + firstLine(e.getMessage()));
    }
  }

  private void flatten(String prefix, JsonNode node) {
    if (node.isObject()) {
      refuseUnbuilt(prefix);
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        String path = prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey();
        flatten(path, field.getValue());
      }
    } else if (node.isArray()) {
      refuseUnbuilt(prefix);
      List<String> items = new ArrayList<>();
      node.forEach(item -> items.add(item.asText()));
      add(prefix, String.join(",", items));
    } else {
      add(prefix, node.isNull() ? "" : node.asText());
    }
  }

  /** Adds the environment; values that are there already stay. */
  void addEnvironment(Map<String, String> environment) {
    for (String renamed : RENAMED.keySet()) {
      if (environment.containsKey(variable(renamed))) {
        add(renamed, "");
      }
    }
    for (Option option : Option.values()) {
      // A flag of another name than its option's path has a variable of that name too.
      String flag = option.flag();
      for (String name : flag == null ? List.of(option.path()) : List.of(flag, option.path())) {
        String text = environment.get(variable(name));
        if (text != null) {
          add(option.path(), text);
        }
      }
    }
  }

  /** Adds {@code path=value}; a value that is there already stays. */
  void addSetting(String setting) {
    int equals = setting.indexOf('=');
    if (equals < 1) {
      throw new ConfigException("--set takes path=value, not '" + setting + "'");
    }
    add(setting.substring(0, equals), setting.substring(equals + 1));
  }

  /** Adds a flag that was given. */
  void addFlag(Option option, @Nullable String text) {
    if (text != null) {
      add(option.path(), text);
    }
  }

  private void add(String path, String text) {
    refuseUnbuilt(path);
    Option renamed = RENAMED.get(path);
    if (renamed != null) {
      throw new ConfigException("the option " + path + " is called " + renamed.path());
    }
    if (Option.of(path) == null) {
      throw new ConfigException(
          "there is no option '" + path + "'; did you mean '" + Option.nearest(path).path() + "'?");
    }
    texts.putIfAbsent(path, text);
  }

  private static void refuseUnbuilt(String path) {
    for (String unbuilt : NOT_BUILT) {
      if (path.equals(unbuilt) || path.startsWith(unbuilt + ".")) {
        throw new ConfigException("the option " + unbuilt + " is not built yet");
      }
    }
    if (path.startsWith("buckets.") && path.endsWith(".ttlSeconds")) {
      throw new ConfigException("the option " + path + " is not built yet");
    }
  }

  /** The text of an option, or its default. */
  String text(Option option) {
    return texts.getOrDefault(option.path(), option.otherwise());
  }

  /** The name of the environment variable of a path. */
  static String variable(String path) {
    return "STARLING_"
        + path.replaceAll("([a-z])([A-Z])", "$1_$2")
            .replace('.', '_')
            .replace('-', '_')
            .toUpperCase(Locale.ROOT);
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "unknown reason" : text.lines().findFirst().orElse("");
  }
}
