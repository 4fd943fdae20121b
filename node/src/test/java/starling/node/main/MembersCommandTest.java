package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** What {@code members} and {@code status} print. */
class MembersCommandTest {
  private static final String MEMBERS =
      """
      {"ready":true,"partitions":8,"version":3,"hash":"1","members":[
        {"name":"n1","id":"1d","status":"alive","phase":"normal","http":"h1:80","peer":"h1:79",
         "zone":"a","incarnation":1,"heartbeat":70,"lastContactMs":0,"statusForMs":9000,"suspectedBy":[]},
        {"name":"n2","id":"2d","status":"suspect","phase":"normal","http":"h2:80","peer":"h2:79",
         "zone":"","incarnation":18,"heartbeat":9,"lastContactMs":2100,"statusForMs":1240,
         "suspectedBy":["n1","n3"]},
        {"name":"longer","id":"3d","status":"dead","phase":"joining","http":"h3:80","peer":"h3:79",
         "zone":"b","incarnation":2,"heartbeat":1,"lastContactMs":86400000,"statusForMs":7,
         "suspectedBy":[],"hintsOverdue":3,"debtsOverdue":4}]}
      """;

  private static JsonNode members() {
    try {
      return ClientOptions.JSON.readTree(MEMBERS);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aRowHasWhatAnOperatorWantsToKnowOfAMember() {
    assertThat(MembersCommand.table(members(), false).lines())
        .containsExactly(
            "NAME    ID  STATUS   PHASE    HEARTBEAT  INCARNATION  CONTACT   ZONE  PEER   HTTP",
            "n1      1d  alive    normal   70         1            now       a     h1:79  h1:80",
            "n2      2d  suspect  normal   9          18           2.1s ago        h2:79  h2:80",
            "longer  3d  dead     joining  1          2            24h ago   b     h3:79  h3:80");
  }

  @Test
  void whatANodeDoesNotSayIsLeftOut() {
    assertThat(
            table(
                """
                {"members":[{"name":"old","id":"1d","status":"alive","phase":"normal","zone":""},
                 {"name":"new","id":"2d","status":"alive","phase":"normal","lastContactMs":null}]}
                """))
        .isEqualTo(
            """
            NAME  ID  STATUS  PHASE   HEARTBEAT  INCARNATION  CONTACT  ZONE  PEER  HTTP
            old   1d  alive   normal
            new   2d  alive   normal                          never""");
  }

  private static String table(String members) {
    try {
      return MembersCommand.table(ClientOptions.JSON.readTree(members), false);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void onATerminalTheStatusIsColouredAndTheColumnsStay() {
    String coloured = MembersCommand.table(members(), true);
    assertThat(coloured)
        .contains("\u001B[32malive\u001B[0m")
        .contains("\u001B[33msuspect\u001B[0m")
        .contains("\u001B[31mdead\u001B[0m");
    assertThat(coloured.replaceAll("\u001B\\[[0-9]+m", ""))
        .isEqualTo(MembersCommand.table(members(), false));
  }

  @Test
  void timesHaveOneUnit() {
    assertThat(MembersCommand.time(40)).isEqualTo("0.0s");
    assertThat(MembersCommand.time(9_940)).isEqualTo("9.9s");
    assertThat(MembersCommand.time(10_000)).isEqualTo("10s");
    assertThat(MembersCommand.time(120_000)).isEqualTo("2m");
    assertThat(MembersCommand.time(7_200_000)).isEqualTo("2h");
    assertThat(MembersCommand.time(172_800_000)).isEqualTo("2d");
  }

  @Test
  void statusNamesSuspectsSinceWhenAndByWhom() {
    try (FakeNode node = new FakeNode().answersJson(200, MEMBERS)) {
      Shell.Ended table = Shell.run("status", "--endpoint", node.endpoint());
      assertThat(table.status()).as(table.toString()).isZero();
      assertThat(table.out())
          .contains("suspect: n2 for 1.2s, by n1, n3: it did not answer")
          .contains("1 of 3 members alive")
          .contains("overdue: longer", "stores 3 hints", "missed 4 keys")
          .doesNotContain("\u001B");
      Shell.Ended json = Shell.run("status", "-o", "json", "--endpoint", node.endpoint());
      assertThat(json.out()).contains("\"suspectedBy\"", "\"statusForMs\" : 1240");
    }
  }
}
