package starling.node.main;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The texts of all options by their path, from four sources: a flag overrides the environment,
 * which overrides the file, which overrides the default. Every option of the file may also come as
 * {@code --set path=value}, of which the last one of an option wins, or as an environment variable:
 * {@code http.maxValueBytes} is {@code STARLING_HTTP_MAX_VALUE_BYTES}. An unknown option is
 * rejected with the nearest known one.
 */
final class OptionTexts {
  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** Options that are not built yet: rejected with an error instead of ignored. */
  private static final List<String> NOT_BUILT =
      List.of("security.tls", "security.tokens", "security.jwt", "security.atRest");

  /** Options by their old path: an old name is rejected with the new one. */
  static final Map<String, Option> RENAMED =
      new TreeMap<>(
          Map.of(
              "http.idle", Option.HTTP_IDLE,
              "http.requestDeadline", Option.HTTP_DEADLINE,
              "limits.hedgeMs", Option.HEDGE,
              "limits.waitMs", Option.WAIT,
              "security.insecure", Option.INSECURE,
              "storage.reserveBytes", Option.RESERVE,
              "trustThisCopy", Option.ACCEPT_STALE));

  private final Map<String, String> flags = new TreeMap<>();
  private final Map<String, String> settings = new TreeMap<>();

  /** From the environment and the file; present values stay. */
  private final Map<String, String> others = new TreeMap<>();

  /** Settings that a later one replaced: ignored, but they must be valid. */
  private final List<Map.Entry<String, String>> replaced = new ArrayList<>();

  /** Adds a file; present values stay. */
  void addFile(String name) {
    Path file = FileNames.path("--config", name);
    if (!Files.isRegularFile(file)) {
      throw new ConfigException("--config: there is no file " + name);
    }
    try (JsonParser parser = YAML.createParser(Files.readAllBytes(file))) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_OBJECT) {
        addObject("", parser);
      } else if (first != null && first != JsonToken.VALUE_NULL) {
        throw new ConfigException(name + " must hold options as NAME: VALUE");
      }
      if (first != null && parser.nextToken() != null) {
        throw new ConfigException(
            name + " has a second document (after ---): put all options into one");
      }
    } catch (IOException e) {
      throw new ConfigException(name + " cannot be read: " + firstLine(FileNames.reason(e)));
    }
  }

  private void addObject(String prefix, JsonParser parser) throws IOException {
    refuseUnbuilt(prefix);
    for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
      String path = prefix.isEmpty() ? field : prefix + "." + field;
      switch (parser.nextToken()) {
        case START_OBJECT -> addObject(path, parser);
        case START_ARRAY -> addOther(path, items(path, parser));
        default -> addOther(path, scalar(path, parser));
      }
    }
  }

  private static String items(String path, JsonParser parser) throws IOException {
    refuseUnbuilt(path);
    List<String> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken().isStructStart()) {
        throw new ConfigException(path + " must be a list of texts");
      }
      items.add(scalar(path, parser));
    }
    return String.join(",", items);
  }

  /** The text as written in the file: a zone of 1.10 is not 1.1. */
  private static String scalar(String path, JsonParser parser) throws IOException {
    if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
      throw new ConfigException(path + " is an alias (*" + parser.getText() + "): write it out");
    }
    return switch (parser.currentToken()) {
      case VALUE_NULL -> "";
      case VALUE_TRUE -> "true";
      case VALUE_FALSE -> "false";
      default -> parser.getText();
    };
  }

  /** Adds the environment; present values stay. */
  void addEnvironment(Map<String, String> environment) {
    Variables.requireKnown(environment);
    RENAMED.forEach(
        (old, option) -> {
          if (environment.containsKey(variable(old))) {
            throw new ConfigException(
                "the environment variable "
                    + variable(old)
                    + " is called "
                    + variable(option.path())
                    + " now: rename it, its values stay the same");
          }
        });
    for (Option option : Option.values()) {
      for (String name : names(option)) {
        String text = environment.get(variable(name));
        if (text != null) {
          addOther(option.path(), text);
        }
      }
    }
  }

  /** A flag of another name than its option's path has a variable of that name too. */
  private static List<String> names(Option option) {
    String flag = option.flag();
    return flag == null ? List.of(option.path()) : List.of(flag, option.path());
  }

  /** The variables that are read, also those whose old names are rejected with the new one. */
  static List<String> variables() {
    List<String> variables = new ArrayList<>();
    for (Option option : Option.values()) {
      names(option).forEach(name -> variables.add(variable(name)));
    }
    RENAMED.keySet().forEach(old -> variables.add(variable(old)));
    return variables;
  }

  /** Rejects the variable of an option that is not built yet. */
  static void refuseUnbuiltVariable(String variable) {
    for (String unbuilt : NOT_BUILT) {
      if (variable.equals(variable(unbuilt)) || variable.startsWith(variable(unbuilt) + "_")) {
        throw new ConfigException("the option " + unbuilt + " is not built yet");
      }
    }
  }

  /** Adds {@code path=value}; the last one of an option wins. */
  void addSetting(String setting) {
    int equals = setting.indexOf('=');
    if (equals < 1) {
      throw new ConfigException("--set takes path=value, not '" + setting + "'");
    }
    String path = setting.substring(0, equals);
    requireOption(path);
    String before = settings.put(path, setting.substring(equals + 1));
    if (before != null) {
      replaced.add(Map.entry(path, before));
    }
  }

  /** Adds a flag; it overrides all other sources. */
  void addFlag(Option option, @Nullable String text) {
    if (text != null) {
      flags.put(option.path(), text);
    }
  }

  private void addOther(String path, String text) {
    requireOption(path);
    others.putIfAbsent(path, text);
  }

  /**
   * For each setting that a later setting or a flag replaces: the options as they would be had it
   * counted, and as they would be with nothing beside it.
   */
  Map<OptionTexts, OptionTexts> replaced() {
    List<Map.Entry<String, String>> all = new ArrayList<>(replaced);
    settings.forEach(
        (path, text) -> {
          if (flags.containsKey(path)) {
            all.add(Map.entry(path, text));
          }
        });
    Map<OptionTexts, OptionTexts> variants = new LinkedHashMap<>();
    for (Map.Entry<String, String> setting : all) {
      OptionTexts beside = new OptionTexts();
      beside.others.putAll(others);
      beside.settings.putAll(settings);
      beside.flags.putAll(flags);
      beside.flags.put(setting.getKey(), setting.getValue());
      OptionTexts alone = new OptionTexts();
      alone.flags.put(setting.getKey(), setting.getValue());
      variants.put(beside, alone);
    }
    return variants;
  }

  private static void requireOption(String path) {
    refuseUnbuilt(path);
    Option renamed = RENAMED.get(path);
    if (renamed != null) {
      throw new ConfigException(
          "the option "
              + path
              + " is called "
              + renamed.path()
              + " now: rename it, its values stay the same");
    }
    if (Option.of(path) == null) {
      throw new ConfigException(
          "there is no option '" + path + "'; did you mean '" + Option.nearest(path).path() + "'?");
    }
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

  /** Whether any source sets an option. */
  boolean given(Option option) {
    return List.of(flags, settings, others).stream()
        .anyMatch(source -> source.containsKey(option.path()));
  }

  /** The text of an option, or its default. */
  String text(Option option) {
    for (Map<String, String> source : List.of(flags, settings, others)) {
      String text = source.get(option.path());
      if (text != null) {
        return text;
      }
    }
    return option.otherwise();
  }

  /** The name of the environment variable of a path. */
  static String variable(String path) {
    return "STARLING_"
        + path.replaceAll("([a-z])([A-Z])", "$1_$2")
            .replace('.', '_')
            .replace('-', '_')
            .toUpperCase(Locale.ROOT);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
