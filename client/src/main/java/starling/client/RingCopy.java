package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.ring.Phase;
import starling.ring.Ring;
import starling.ring.RingNode;

/**
 * The client's copy of the ring, as {@code GET /api/v1/cluster/ring} answers it, with the addresses
 * of its nodes. Immutable.
 *
 * @param hash as the header {@code X-Starling-Ring} has it
 * @param addresses of the nodes whose address is known, by id
 */
record RingCopy(String hash, Ring ring, Map<UUID, Endpoint> addresses) {
  /**
   * Reads an answer.
   *
   * @throws IOException if it is no ring
   */
  static RingCopy read(byte[] answer) throws IOException {
    Draft draft = new Draft();
    try (JsonParser parser = Json.FACTORY.createParser(answer)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("a ring is an object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "version" -> draft.version = parser.getValueAsLong();
          case "hash" -> draft.hash = parser.getValueAsString();
          case "nodes" -> draft.nodes(parser);
          case "owners" -> draft.owners(parser);
          default -> parser.skipChildren();
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("not a ring: " + e.getMessage(), e);
    }
    return draft.copy();
  }

  /** Whether the ring has nodes and owners. */
  boolean founded() {
    return ring.founded();
  }

  /** Whether both can be states of the same cluster: they have a node in common. */
  boolean sameCluster(RingCopy other) {
    return ring.nodes().stream().anyMatch(node -> other.ring.contains(node.id()));
  }

  private static final class Draft {
    long version;
    @Nullable String hash;
    final List<RingNode> nodes = new ArrayList<>();
    final Map<UUID, Endpoint> addresses = new LinkedHashMap<>();
    final List<@Nullable UUID> owners = new ArrayList<>();
    private final Map<String, UUID> ids = new HashMap<>();

    void nodes(JsonParser parser) throws IOException {
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        UUID id = null;
        String http = null;
        String zone = "";
        int weight = RingNode.DEFAULT_WEIGHT;
        Phase phase = Phase.NORMAL;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          switch (name) {
            case "id" -> id = id(parser.getValueAsString(""));
            case "http" -> http = parser.getValueAsString();
            case "zone" -> zone = parser.getValueAsString("");
            case "weight" -> weight = parser.getValueAsInt(weight);
            case "phase" -> phase = phase(parser.getValueAsString(""));
            default -> parser.skipChildren();
          }
        }
        if (id == null) {
          throw new IOException("a node of the ring has no id");
        }
        nodes.add(new RingNode(id, phase, zone, weight));
        if (http != null) {
          addresses.put(id, address(http));
        }
      }
    }

    private static Endpoint address(String http) throws IOException {
      try {
        return Endpoint.parse(http);
      } catch (InvalidRequestException e) {
        throw new IOException("a node of the ring has the address '" + http + "'", e);
      }
    }

    /** A phase that this client does not know is none that it could route by. */
    private static Phase phase(String word) {
      for (Phase phase : Phase.values()) {
        if (phase.word().equals(word)) {
          return phase;
        }
      }
      return Phase.NORMAL;
    }

    /** Owners repeat the ids of nodes: one object each. */
    private UUID id(String text) {
      return ids.computeIfAbsent(text, UUID::fromString);
    }

    void owners(JsonParser parser) throws IOException {
      for (JsonToken token = parser.nextToken();
          token != null && token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        owners.add(token == JsonToken.VALUE_STRING ? id(parser.getText()) : null);
      }
    }

    RingCopy copy() throws IOException {
      if (hash == null) {
        throw new IOException("a ring has a hash");
      }
      try {
        return new RingCopy(hash, Ring.of(version, nodes, owners), Map.copyOf(addresses));
      } catch (IllegalArgumentException e) {
        throw new IOException("not a ring: " + e.getMessage(), e);
      }
    }
  }
}
