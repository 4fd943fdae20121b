package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import starling.gossip.Address;
import starling.node.config.HttpConfig;
import starling.node.config.NodeConfig;
import starling.node.request.BucketProperties;

/**
 * Where the options of a node come from, which of them wins, and what is refused with which words.
 */
class ConfigurationTest {
  @TempDir private Path directory = Path.of("");

  private static NodeConfig read(Map<String, String> environment, String... args) {
    ServeCommand serve = new ServeCommand();
    new picocli.CommandLine(serve).parseArgs(args);
    return serve.configuration(environment);
  }

  private static NodeConfig set(String... settings) {
    OptionTexts texts = new OptionTexts();
    for (String setting : settings) {
      texts.addSetting(setting);
    }
    return new ConfigReader(texts, 4L << 30).read();
  }

  private static void assertRefused(String setting, String words) {
    assertThatThrownBy(() -> set(setting))
        .as(setting)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(words);
  }

  private Path file(String yaml) {
    try {
      return Files.writeString(directory.resolve("starling.yaml"), yaml);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theNumberOfConnectionsIsWhatDescriptorsAllowUnlessItIsGiven() {
    assertThat(set("http.maxConnections=17").http().maxConnections()).isEqualTo(17);
    assertThat(set("http.maxConnections=auto").http().maxConnections()).isZero();
    assertThatThrownBy(() -> set("http.maxConnections=0"))
        .hasMessageContaining("http.maxConnections must be auto or at least 1");
  }

  @Test
  void theDefaultsAreThoseOfTheRecords() {
    assertThat(set().http()).as("where the heap lowers nothing").isEqualTo(HttpConfig.DEFAULT);
    NodeConfig config = read(Map.of());
    assertThat(config.peer()).isEqualTo(new Address("127.0.0.1", 7946));
    assertThat(config.seeds()).isEmpty();
    assertThat(config.allowInsecure()).isFalse();
    assertThat(config.defaults()).isEqualTo(BucketProperties.DEFAULT);
  }

  @Test
  void aFlagWinsOverTheEnvironmentThatOverTheFileThatOverTheDefault() {
    String file =
        file("zone: file\nweight: 1\nseeds: ['f:1', 'f:2']\nring: {partitions: 64}\n").toString();
    Map<String, String> environment = new LinkedHashMap<>();
    assertThat(read(environment).zone()).isEmpty();
    assertThat(read(environment).weight()).isEqualTo(100);
    assertThat(read(environment).seeds()).isEmpty();

    NodeConfig ofFile = read(environment, "--config", file);
    assertThat(ofFile.zone()).isEqualTo("file");
    assertThat(ofFile.weight()).isEqualTo(1);
    assertThat(ofFile.seeds()).containsExactly(new Address("f", 1), new Address("f", 2));

    environment.put("STARLING_ZONE", "environment");
    environment.put("STARLING_WEIGHT", "2");
    environment.put("STARLING_SEEDS", "e:1, e:2,");
    NodeConfig ofEnvironment = read(environment, "--config", file);
    assertThat(ofEnvironment.zone()).isEqualTo("environment");
    assertThat(ofEnvironment.weight()).isEqualTo(2);
    assertThat(ofEnvironment.seeds()).containsExactly(new Address("e", 1), new Address("e", 2));
    assertThat(ofEnvironment.partitions()).isEqualTo(64);

    NodeConfig ofFlags =
        read(
            environment,
            "--config",
            file,
            "--zone",
            "flag",
            "--set",
            "weight=3",
            "--seed",
            "g:1",
            "--seed",
            "[::1]:2");
    assertThat(ofFlags.zone()).isEqualTo("flag");
    assertThat(ofFlags.weight()).isEqualTo(3);
    assertThat(ofFlags.seeds()).containsExactly(new Address("g", 1), new Address("::1", 2));
  }

  @Test
  void aFlagWinsOverASettingOfTheSameOption() {
    NodeConfig config = read(Map.of(), "--set", "http.listen=127.0.0.1:1", "--http", "127.0.0.1:2");
    assertThat(config.http().port()).isEqualTo(2);
  }

  @Test
  void anEmptyFileSaysNothing() {
    assertThat(read(Map.of(), "--config", file("").toString()).name()).isEqualTo("node");
    assertThat(read(Map.of(), "--config", file("# none\n").toString()).name()).isEqualTo("node");
  }

  @Test
  void aFileThatCannotBeReadIsRefusedInOneLine() {
    for (String yaml : List.of("a: [", "- 1\n- 2\n", "just words", "zone: a\n\tweight: 1\n")) {
      String path = file(yaml).toString();
      assertThatThrownBy(() -> read(Map.of(), "--config", path))
          .as(yaml)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("starling.yaml")
          .hasMessageNotContaining("\n");
    }
    assertThatThrownBy(() -> read(Map.of(), "--config", directory + "/none.yaml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("there is no file");
  }

  @Test
  void anOptionGivenTwiceInAFileIsRefused() {
    String path = file("zone: a\nzone: b\n").toString();
    assertThatThrownBy(() -> read(Map.of(), "--config", path))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("zone");
  }

  @ParameterizedTest
  @EnumSource(Option.class)
  void everyOptionHasADefaultThatIsTakenAsItsOwnValue(Option option) {
    NodeConfig config = set(option.path() + "=" + option.otherwise());
    assertThat(config).isEqualTo(set());
    assertThat(option.meaning()).isNotBlank();
  }

  @ParameterizedTest
  @EnumSource(Option.class)
  void everyOptionHasAVariableOfItsOwn(Option option) {
    String variable = OptionTexts.variable(option.path());
    assertThat(variable).matches("STARLING_[A-Z]+(_[A-Z]+)*");
    assertThat(variable.replace("_", "").toLowerCase(Locale.ROOT))
        .isEqualTo("starling" + option.path().replace(".", "").toLowerCase(Locale.ROOT));
  }

  @Test
  void variablesSplitWordsAtCapitals() {
    assertThat(OptionTexts.variable("http.maxValueBytes"))
        .isEqualTo("STARLING_HTTP_MAX_VALUE_BYTES");
    assertThat(OptionTexts.variable("buckets.default.timeoutMs"))
        .isEqualTo("STARLING_BUCKETS_DEFAULT_TIMEOUT_MS");
  }

  @ParameterizedTest
  @CsvSource({
    "name=, name",
    "name=two words, name",
    "http.listen=localhost, http.listen",
    "http.listen=::1:80, http.listen",
    "http.listen=127.0.0.1:65536, http.listen",
    "http.advertise=nowhere, http.advertise",
    "http.maxValueBytes=0, http.maxValueBytes",
    "http.maxValueBytes=65MiB, http.maxValueBytes",
    "http.maxValueBytes=1MB, http.maxValueBytes",
    "http.maxValueBytes=-1, http.maxValueBytes",
    "http.idleTimeout=1ms, http.idleTimeout",
    "http.idleTimeout=2h, http.idleTimeout",
    "http.idleTimeout=fast, http.idleTimeout",
    "http.requestReadTimeout=, http.requestReadTimeout",
    "http.maxConnections=0, http.maxConnections",
    "http.maxRequests=0, http.maxRequests",
    "http.maxBufferedBytes=1KiB, http.maxBufferedBytes",
    "http.maxBufferedBytes=3GiB, http.maxBufferedBytes",
    "storage.cacheBytes=2GiB, storage.cacheBytes",
    "http.cors.origins=example.org, http.cors.origins",
    "peer.listen=7946, peer.listen",
    "peer.advertise=:7946, peer.advertise",
    "seeds=a, seeds",
    "weight=0, weight",
    "weight=65536, weight",
    "weight=1.5, weight",
    "weight=9999999999, weight",
    "security.clusterName=, security.clusterName",
    "security.allowInsecure=yes, security.allowInsecure",
    "ring.partitions=100, ring.partitions",
    "ring.partitions=4, ring.partitions",
    "ring.partitions=131072, ring.partitions",
    "buckets.default.n=0, buckets.default.n",
    "buckets.default.r=4, buckets.default.r",
    "buckets.default.w=some, buckets.default.w",
    "buckets.default.pr=4, buckets.default.pr",
    "buckets.default.pw=-1, buckets.default.pw",
    "buckets.default.durability=none, buckets.default.durability",
    "buckets.default.timeoutMs=0, buckets.default.timeoutMs",
    "buckets.default.timeoutMs=60001, buckets.default.timeoutMs",
    "buckets.default.conflict=merge, buckets.default.conflict",
    "storage.segmentBytes=1KiB, storage.segmentBytes",
    "storage.segmentBytes=2GiB, storage.segmentBytes",
    "gossip.preset=moon, gossip.preset",
    "gossip.interval=99ms, gossip.interval",
    "gossip.interval=61s, gossip.interval",
    "gossip.probeTimeout=501ms, gossip.probeTimeout",
    "gossip.probeTimeout=501ms, which is 500ms",
    "gossip.probeTimeout=0s, gossip.probeTimeout",
    "gossip.suspicion=699ms, gossip.suspicion",
    "gossip.suspicion=11m, gossip.suspicion",
    "limits.requestsInFlight=0, limits.requestsInFlight",
    "limits.hedgeDelayMs=0, limits.hedgeDelayMs",
    "limits.queueDelayMs=0, limits.queueDelayMs",
    "storage.minFreeBytes=much, storage.minFreeBytes",
    "hints.maxBytes=1MiB, hints.maxBytes",
    "hints.maxBytes=1MiB, http.maxValueBytes is 1048576",
    "hints.maxBytes=1MiB, 1114112",
    "http.maxBufferedBytes=1MiB, http.maxValueBytes is 1048576",
    "log.format=xml, log.format",
    "log.level=loud, log.level",
  })
  void aBadValueIsRefusedNamingTheOption(String setting, String option) {
    assertRefused(setting, option);
  }

  @Test
  void sizesHaveUnits() {
    assertThat(set("storage.segmentBytes=2097152").storage().segmentBytes()).isEqualTo(2 << 20);
    assertThat(set("storage.segmentBytes=2097152B").storage().segmentBytes()).isEqualTo(2 << 20);
    assertThat(set("storage.segmentBytes=2048KiB").storage().segmentBytes()).isEqualTo(2 << 20);
    assertThat(set("storage.segmentBytes=2MiB").storage().segmentBytes()).isEqualTo(2 << 20);
    assertThat(set("storage.segmentBytes=1 GiB").storage().segmentBytes()).isEqualTo(1 << 30);
    assertRefused("storage.segmentBytes=999999999999999GiB", "storage.segmentBytes");
  }

  @Test
  void timesHaveUnits() {
    assertThat(set("http.idleTimeout=5").http().idleTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(set("http.idleTimeout=5s").http().idleTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(set("http.idleTimeout=500ms").http().idleTimeout())
        .isEqualTo(Duration.ofMillis(500));
    assertThat(set("http.idleTimeout=5m").http().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(set("http.idleTimeout=1h").http().idleTimeout()).isEqualTo(Duration.ofHours(1));
    assertRefused("http.idleTimeout=999999999999h", "http.idleTimeout");
  }

  @Test
  void aWrongNameIsAnsweredWithTheNearest() {
    assertRefused("weigth=1", "did you mean 'weight'?");
    assertRefused("http.maxvaluebytes=1", "did you mean 'http.maxValueBytes'?");
    assertRefused("bucket.default.n=1", "did you mean 'buckets.default.n'?");
    String path = file("logs: {level: info}\n").toString();
    assertThatThrownBy(() -> read(Map.of(), "--config", path))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("did you mean 'log.level'?");
  }

  static Stream<Arguments> oldNames() {
    return OptionTexts.RENAMED.entrySet().stream()
        .map(entry -> arguments(entry.getKey(), entry.getValue().path()));
  }

  @Test
  void allRenamedOptionsAreKnown() {
    assertThat(oldNames().map(names -> names.get()[0] + ">" + names.get()[1]))
        .containsExactlyInAnyOrder(
            "http.idle>http.idleTimeout",
            "http.requestDeadline>http.requestReadTimeout",
            "limits.hedgeMs>limits.hedgeDelayMs",
            "limits.waitMs>limits.queueDelayMs",
            "security.insecure>security.allowInsecure",
            "storage.reserveBytes>storage.minFreeBytes",
            "trustThisCopy>recovery.acceptStaleData");
  }

  /** Even where another source gives the option by its new name. */
  @ParameterizedTest
  @MethodSource("oldNames")
  void theOldNameOfAnOptionIsRejectedWithItsNewOne(String old, String path) {
    String good = path + "=" + Option.of(path).otherwise();
    String value = good.substring(good.indexOf('=') + 1);
    String hint = "the option " + old + " is called " + path + " now";
    assertRefused(old + "=" + value, hint);
    assertThatThrownBy(() -> set(good, old + "=" + value))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(hint);
    String yaml =
        file("{" + old.replace(".", ": {") + ": " + value + "}}".substring(0, depth(old)))
            .toString();
    assertThatThrownBy(() -> read(Map.of(), "--config", yaml, "--set", good))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(hint);
    String variable = OptionTexts.variable(old);
    assertThatThrownBy(() -> read(Map.of(variable, value), "--set", good))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "the environment variable "
                + variable
                + " is called "
                + OptionTexts.variable(path)
                + " now");
  }

  private static int depth(String path) {
    return path.split("\\.").length;
  }

  @Test
  void theOldFlagIsRejectedAndTheFlagsThatStayAreTaken() {
    assertThatThrownBy(() -> read(Map.of(), "--trust-this-copy"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--accept-stale-data");
    assertThat(read(Map.of(), "--accept-stale-data").acceptStaleData()).isTrue();
    assertThat(read(Map.of("STARLING_ACCEPT_STALE_DATA", "true")).acceptStaleData()).isTrue();
    assertThat(read(Map.of(), "--insecure").allowInsecure()).isTrue();
    assertThat(read(Map.of("STARLING_INSECURE", "true")).allowInsecure()).isTrue();
  }

  @Test
  void aSettingNeedsAPathAndAValue() {
    assertRefused("weight", "path=value");
    assertRefused("=1", "path=value");
    assertThat(set("name=a=b").name()).isEqualTo("a=b");
  }

  @Test
  void whatIsPromisedAndNotBuiltIsRefused() {
    assertRefused("security.tls.client.certificate=c", "security.tls is not built yet");
    assertRefused("security.tokens=x", "security.tokens is not built yet");
    assertRefused("security.jwt.jwks=x", "security.jwt is not built yet");
    assertRefused("security.atRest.keyFile=x", "security.atRest is not built yet");
    assertRefused("buckets.default.ttlSeconds=1", "ttlSeconds is not built yet");
    for (String yaml :
        List.of(
            "security: {tokens: []}",
            "security: {tokens: [{name: shop}]}",
            "security: {tls: {peer: {key: k}}}",
            "security: {atRest: }")) {
      String path = file(yaml).toString();
      assertThatThrownBy(() -> read(Map.of(), "--config", path))
          .as(yaml)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("is not built yet");
    }
  }

  @Test
  void beyondLoopbackItAsksToBeCalledInsecure() {
    assertRefused("http.listen=10.0.0.1:80", "--insecure");
    assertRefused("peer.listen=node.example.org:80", "--insecure");
    assertThat(set("http.listen=localhost:80", "peer.listen=[::1]:0").allowInsecure()).isFalse();
    assertThat(set("http.listen=10.0.0.1:80", "security.allowInsecure=true").http().host())
        .isEqualTo("10.0.0.1");
  }

  @Test
  void aWildcardNeedsAnAddressToTellOthers() {
    for (String wildcard : List.of("0.0.0.0:1", "[::]:1", "[0:0:0:0:0:0:0:0]:1")) {
      assertThatThrownBy(() -> set("security.allowInsecure=true", "http.listen=" + wildcard))
          .hasMessageContaining("--advertise-http");
      assertThatThrownBy(() -> set("security.allowInsecure=true", "peer.listen=" + wildcard))
          .hasMessageContaining("--advertise-peer");
      assertThat(
              set(
                      "security.allowInsecure=true",
                      "http.listen=" + wildcard,
                      "peer.listen=" + wildcard.replaceFirst("1$", "2"),
                      "http.advertise=a.example.org:80",
                      "peer.advertise=a.example.org:81")
                  .httpAdvertised())
          .isEqualTo(new Address("a.example.org", 80));
    }
  }

  @Test
  void itemsOfAListMayStandInLinesOrBehindCommas() {
    String path =
        file("http:\n  cors:\n    origins:\n      - https://a\n      - http://b:1\n") + "";
    assertThat(read(Map.of(), "--config", path).http().corsOrigins())
        .containsExactly("https://a", "http://b:1");
    assertThat(set("http.cors.origins=https://a, http://b:1").http().corsOrigins())
        .containsExactly("https://a", "http://b:1");
  }

  @Test
  void aSecondDocumentOfTheFileIsRejected() {
    for (String yaml :
        List.of(
            "zone: a\n---\nweight: 5\n", "---\nzone: a\n---\n", "--- {zone: a}\n--- {zone: b}\n")) {
      String path = file(yaml).toString();
      assertThatThrownBy(() -> read(Map.of(), "--config", path))
          .as(yaml)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("starling.yaml has a second document");
    }
    assertThat(read(Map.of(), "--config", file("---\nzone: a\n...\n").toString()).zone())
        .isEqualTo("a");
  }

  @Test
  void textsOfTheFileAreKeptAsTheyStandThere() {
    String path = file("zone: 1.10\nname: 0x1F\nsecurity: {allowInsecure: True}\n").toString();
    NodeConfig config = read(Map.of(), "--config", path);
    assertThat(config.zone()).isEqualTo("1.10");
    assertThat(config.name()).isEqualTo("0x1F");
    assertThat(config.allowInsecure()).isTrue();
  }

  @Test
  void aValueOfTheFileThatIsNoTextIsRejected() {
    String list = file("seeds: [{a: 1}]\n").toString();
    assertThatThrownBy(() -> read(Map.of(), "--config", list))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("seeds must be a list of texts");
    String alias = file("name: &n x\nzone: *n\n").toString();
    assertThatThrownBy(() -> read(Map.of(), "--config", alias))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("zone is an alias (*n)");
  }

  @Test
  void aFileThatIsNotUtf8IsRejected() throws IOException {
    byte[] latin1 = "zone: z\u00fcrich\n".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    String path = Files.write(directory.resolve("latin1.yaml"), latin1).toString();
    assertThatThrownBy(() -> read(Map.of(), "--config", path))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("latin1.yaml cannot be read");
  }

  @Test
  void aMisspeltVariableIsRejectedWithTheNearestName() {
    Map.of(
            "STARLING_WEIGTH", "STARLING_WEIGHT",
            "STARLING_HTTP_MAXVALUEBYTES", "STARLING_HTTP_MAX_VALUE_BYTES",
            "STARLING_ENDPOINT", "STARLING_ENDPOINTS",
            "STARLING_SEED_S", "STARLING_SEEDS")
        .forEach(
            (wrong, right) -> {
              String words =
                  "there is no environment variable " + wrong + "; did you mean " + right + "?";
              assertThatThrownBy(() -> read(Map.of(wrong, "5")))
                  .isInstanceOf(ConfigException.class)
                  .hasMessage(words);
              assertThatThrownBy(() -> new ClientOptions().api(Map.of(wrong, "5")))
                  .isInstanceOf(ConfigException.class)
                  .hasMessage(words);
            });
    assertThatThrownBy(() -> read(Map.of("STARLING_SECURITY_TLS_CLIENT_KEY", "k")))
        .hasMessageContaining("security.tls is not built yet");
  }

  @Test
  void variablesOfOthersDoNotMatter() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("STARLING_ENDPOINTS", "a:1");
    environment.put("STARLINGS", "many");
    environment.put("PATH", "/bin");
    // A service named starling in Kubernetes.
    environment.put("STARLING_SERVICE_HOST", "10.0.0.7");
    environment.put("STARLING_SERVICE_PORT", "8080");
    environment.put("STARLING_SERVICE_PORT_HTTP", "8080");
    environment.put("STARLING_PORT", "tcp://10.0.0.7:8080");
    environment.put("STARLING_PORT_8080_TCP", "tcp://10.0.0.7:8080");
    environment.put("STARLING_PORT_8080_TCP_ADDR", "10.0.0.7");
    environment.put("STARLING_PORT_8080_TCP_PORT", "8080");
    environment.put("STARLING_PORT_8080_TCP_PROTO", "tcp");
    assertThat(read(environment)).isEqualTo(read(Map.of()));
    assertThatThrownBy(() -> read(Map.of("STARLING_PEER_PORT", "7946")))
        .hasMessageContaining("there is no environment variable STARLING_PEER_PORT");
  }

  @Test
  void theLastOfTwoSettingsWins() {
    assertThat(read(Map.of(), "--set", "weight=3", "--set", "weight=5").weight()).isEqualTo(5);
    assertThat(
            read(Map.of("STARLING_WEIGHT", "7"), "--set", "weight=3", "--set", "weight=5").weight())
        .isEqualTo(5);
  }

  @Test
  void aSettingThatAnotherReplacesMustBeRightToo() {
    for (String wrong :
        List.of("weight=0", "weight=x", "http.idleTimeout=fast", "http.listen=nowhere")) {
      String right = wrong.replaceFirst("=.*", "=") + Option.of(wrong.split("=")[0]).otherwise();
      assertThatThrownBy(() -> read(Map.of(), "--set", wrong, "--set", right))
          .as(wrong)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(wrong.split("=")[0]);
    }
    assertThatThrownBy(() -> read(Map.of(), "--http", "127.0.0.1:1", "--set", "http.listen=x"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("http.listen");
    // Right by itself, or right beside the others: what it needs may have gone with it.
    assertThat(
            read(
                    Map.of(),
                    "--insecure",
                    "--set",
                    "http.listen=10.0.0.1:80",
                    "--set",
                    "http.listen=127.0.0.1:80")
                .http()
                .host())
        .isEqualTo("127.0.0.1");
  }

  @Test
  void oneAddressForClientsAndNodesIsRejected() {
    for (String[] pair :
        new String[][] {
          {"127.0.0.1:7000", "127.0.0.1:7000"},
          {"localhost:7000", "127.0.0.1:7000"},
          {"0.0.0.0:7000", "127.0.0.1:7000"},
          {"127.0.0.1:7000", "[::]:7000"},
        }) {
      assertThatThrownBy(
              () ->
                  set(
                      "security.allowInsecure=true",
                      "http.listen=" + pair[0],
                      "peer.listen=" + pair[1],
                      "http.advertise=a:1",
                      "peer.advertise=a:2"))
          .as(String.join(" ", pair))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("http.listen and peer.listen must differ");
    }
    assertThatThrownBy(() -> set("http.advertise=a:1", "peer.advertise=a:1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("http.advertise and peer.advertise must differ");
    assertThat(set("http.listen=127.0.0.1:0", "peer.listen=127.0.0.1:0").peer().port()).isZero();
    assertThat(set("http.listen=127.0.0.1:7000", "peer.listen=127.0.0.2:7000").peer().port())
        .isEqualTo(7000);
  }

  @Test
  void whatOthersCannotConnectToIsNotAdvertised() {
    for (String address :
        List.of("0.0.0.0:80", "0:80", "[::]:80", "[0::0:0]:80", "[::ffff:0.0.0.0]:80", "a:0")) {
      assertRefused("http.advertise=" + address, "http.advertise must be an address that others");
      assertRefused("peer.advertise=" + address, "peer.advertise must be an address that others");
    }
    assertThat(set("http.advertise=my_host:80").httpAdvertised())
        .isEqualTo(new Address("my_host", 80));
  }

  @Test
  void namesAreOneLine() {
    for (String option : List.of("zone", "security.clusterName", "data", "name")) {
      for (String breaks : List.of("a\nb", "a\rb", "a\u0085b", "a\u2028b", "\u0007")) {
        assertRefused(option + "=" + breaks, option + " must be");
      }
    }
    assertRefused("data=", "data must name a directory");
    assertRefused("data= ", "data must name a directory");
    assertThat(set("zone=z\u00fcrich 1").zone()).isEqualTo("z\u00fcrich 1");
    // As many bytes as the ring keeps of it.
    assertThat(set("zone=" + "\u00fc".repeat(32)).zone()).hasSize(32);
    assertRefused("zone=" + "\u00fc".repeat(33), "at most 64 bytes");
  }
}
