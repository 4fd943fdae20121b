package starling.node.main;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.config.GossipOptions;
import starling.node.config.HttpConfig;
import starling.node.config.MemoryBudget;
import starling.node.config.NodeConfig;
import starling.node.config.StorageOptions;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.storage.Compression;
import starling.node.storage.Durability;

/** Turns the texts of options into a checked configuration; each error names its option. */
final class ConfigReader {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})\\s*(B|KiB|MiB|GiB)?");
  private static final Pattern TIME = Pattern.compile("([0-9]{1,12})\\s*(ms|s|m|h)?");

  private final OptionTexts texts;
  private final long heapBytes;

  /**
   * @param heapBytes the largest heap that this process may have
   */
  ConfigReader(OptionTexts texts, long heapBytes) {
    this.texts = texts;
    this.heapBytes = heapBytes;
  }

  /**
   * The configuration.
   *
   * @throws ConfigException if a value is not valid
   */
  NodeConfig read() {
    NodeConfig config = config();
    // A value that is not valid is an error even if another one replaces it.
    texts.replaced().forEach(this::check);
    return config;
  }

  /** A value may need the other options, or may be valid only alone: one of both is enough. */
  private void check(OptionTexts beside, OptionTexts alone) {
    try {
      var unused = new ConfigReader(alone, heapBytes).config();
    } catch (ConfigException wrongAlone) {
      try {
        var unused = new ConfigReader(beside, heapBytes).config();
      } catch (ConfigException wrongBeside) {
        throw wrongAlone;
      }
    }
  }

  private NodeConfig config() {
    Address http = address(Option.HTTP_LISTEN);
    try {
      int maxValueBytes = (int) Math.min(Integer.MAX_VALUE, bytes(Option.HTTP_MAX_VALUE));
      MemoryBudget memory =
          MemoryBudget.of(
              heapBytes,
              given(Option.HTTP_BUFFERED),
              given(Option.CACHE),
              HttpConfig.bodyBytes(maxValueBytes));
      return new NodeConfig(
          texts.text(Option.NAME),
          texts.text(Option.DATA),
          new HttpConfig(
              http.host(),
              http.port(),
              null,
              maxValueBytes,
              time(Option.HTTP_IDLE),
              time(Option.HTTP_DEADLINE),
              connections(),
              number(Option.HTTP_REQUESTS),
              memory.bodyBytes(),
              list(Option.HTTP_CORS)),
          optionalAddress(Option.HTTP_ADVERTISE),
          address(Option.PEER_LISTEN),
          optionalAddress(Option.PEER_ADVERTISE),
          seeds(),
          new GossipOptions(
              one(Option.GOSSIP_PRESET, GossipOptions.Preset.class),
              optionalTime(Option.GOSSIP_INTERVAL),
              optionalTime(Option.GOSSIP_PROBE),
              optionalTime(Option.GOSSIP_SUSPICION)),
          texts.text(Option.ZONE),
          number(Option.WEIGHT),
          texts.text(Option.CLUSTER),
          flag(Option.INSECURE),
          number(Option.PARTITIONS),
          defaults(),
          storage(memory),
          number(Option.IN_FLIGHT),
          number(Option.HEDGE),
          number(Option.WAIT),
          bytes(Option.HINT_BYTES),
          time(Option.HINT_AGE),
          flag(Option.ACCEPT_STALE),
          texts.text(Option.LOG_FORMAT),
          texts.text(Option.LOG_LEVEL),
          memory);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  /** 0 for as many as there are descriptors for. */
  private int connections() {
    if (texts.text(Option.HTTP_CONNECTIONS).equals("auto")) {
      return 0;
    }
    int connections = number(Option.HTTP_CONNECTIONS);
    if (connections == 0) {
      throw wrong(Option.HTTP_CONNECTIONS, "auto or at least 1");
    }
    return connections;
  }

  private BucketProperties defaults() {
    return new BucketProperties(
        number(Option.BUCKET_N),
        quorum(Option.BUCKET_R),
        quorum(Option.BUCKET_W),
        quorum(Option.BUCKET_PR),
        quorum(Option.BUCKET_PW),
        one(Option.BUCKET_DURABILITY, Durability.class),
        number(Option.BUCKET_TIMEOUT),
        one(Option.BUCKET_CONFLICT, Conflict.class),
        0);
  }

  private @Nullable Long given(Option option) {
    return texts.given(option) ? bytes(option) : null;
  }

  private StorageOptions storage(MemoryBudget memory) {
    Map<String, Compression> ofBuckets = new TreeMap<>();
    Compression otherwise = Compression.NONE;
    for (String item : list(Option.COMPRESSION)) {
      int equals = item.indexOf('=');
      Compression compression = compression(item.substring(equals + 1).strip());
      if (equals < 0) {
        otherwise = compression;
      } else {
        ofBuckets.put(item.substring(0, equals).strip(), compression);
      }
    }
    return new StorageOptions(
        bytes(Option.SEGMENT),
        memory.cacheBytes(),
        otherwise,
        ofBuckets,
        bytes(Option.RESERVE),
        bytes(Option.COMPACTION),
        time(Option.SCRUB));
  }

  private Compression compression(String word) {
    for (Compression compression : Compression.values()) {
      if (compression.name().toLowerCase(Locale.ROOT).equals(word)) {
        return compression;
      }
    }
    throw wrong(Option.COMPRESSION, "none, lz4 or zstd, or BUCKET= and one of them");
  }

  private List<Address> seeds() {
    List<Address> seeds = new ArrayList<>();
    for (String text : list(Option.SEEDS)) {
      seeds.add(address(Option.SEEDS, text));
    }
    return seeds;
  }

  private List<String> list(Option option) {
    List<String> items = new ArrayList<>();
    for (String item : texts.text(option).split(",")) {
      if (!item.isBlank()) {
        items.add(item.strip());
      }
    }
    return items;
  }

  private Address address(Option option) {
    return address(option, texts.text(option));
  }

  private @Nullable Address optionalAddress(Option option) {
    String text = texts.text(option);
    return text.isEmpty() ? null : address(option, text);
  }

  private static Address address(Option option, String text) {
    try {
      return Address.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(option.path() + ": " + e.getMessage());
    }
  }

  private int number(Option option) {
    String text = texts.text(option);
    if (!text.matches("[0-9]{1,9}")) {
      throw wrong(option, "a whole number");
    }
    return Integer.parseInt(text);
  }

  private boolean flag(Option option) {
    return switch (texts.text(option)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(option, "true or false");
    };
  }

  private Quorum quorum(Option option) {
    try {
      return Quorum.parse(texts.text(option));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(option.path() + " " + e.getMessage());
    }
  }

  private <E extends Enum<E>> E one(Option option, Class<E> type) {
    StringBuilder words = new StringBuilder();
    for (E constant : type.getEnumConstants()) {
      String word = constant.name().toLowerCase(Locale.ROOT);
      if (word.equals(texts.text(option))) {
        return constant;
      }
      words.append(words.length() == 0 ? "" : " or ").append(word);
    }
    throw wrong(option, words.toString());
  }

  private long bytes(Option option) {
    Matcher size = SIZE.matcher(texts.text(option));
    if (!size.matches()) {
      throw wrong(option, "a size such as 64MiB");
    }
    String unit = size.group(2);
    int shift =
        unit == null
            ? 0
            : switch (unit) {
              case "KiB" -> 10;
              case "MiB" -> 20;
              case "GiB" -> 30;
              default -> 0;
            };
    long count = Long.parseLong(size.group(1));
    if (count > Long.MAX_VALUE >> shift) {
      throw wrong(option, "a smaller size");
    }
    return count << shift;
  }

  private Duration time(Option option) {
    Matcher time = TIME.matcher(texts.text(option));
    if (!time.matches()) {
      throw wrong(option, "a time such as 10s or 500ms");
    }
    long count = Long.parseLong(time.group(1));
    String unit = time.group(2);
    return unit == null
        ? Duration.ofSeconds(count)
        : switch (unit) {
          case "ms" -> Duration.ofMillis(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          default -> Duration.ofSeconds(count);
        };
  }

  private @Nullable Duration optionalTime(Option option) {
    return texts.text(option).isEmpty() ? null : time(option);
  }

  private ConfigException wrong(Option option, String wanted) {
    return new ConfigException(
        option.path() + " must be " + wanted + ", but is '" + texts.text(option) + "'");
  }
}
