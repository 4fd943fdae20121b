package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.node.ScriptedNode;
import starling.node.replica.ScriptedStorage;

/** The addresses of members on disk. */
class AddressBookTest {
  private static final List<Address> ONE = List.of(new Address("10.0.0.1", 7000));
  private static final List<Address> TWO =
      List.of(new Address("10.0.0.1", 7000), new Address("10.0.0.2", 7000));

  private final ScriptedStorage storage = new ScriptedStorage();
  private final AddressBook addresses = new AddressBook(new MetaFiles(storage, new ScriptedNode()));

  @Test
  void addressesAreWrittenWhenTheyChange() {
    storage.holdsSaves = true;
    addresses.save(ONE);
    addresses.save(ONE);
    assertThat(storage.saves).as("as often as a member is suspect").hasSize(1);
    storage.saveNext();
    addresses.save(TWO);
    storage.saveNext();
    addresses.save(ONE);
    storage.saveNext();
    assertThat(addresses.restored()).isEqualTo(ONE);
  }
}
