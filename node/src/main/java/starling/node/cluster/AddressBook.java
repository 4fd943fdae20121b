package starling.node.cluster;

import java.util.ArrayList;
import java.util.List;
import starling.gossip.Address;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;

/** The addresses of members on disk: a node that restarts asks them before its seeds. */
final class AddressBook {
  private static final String FILE = "peers";

  private final MetaFiles files;

  /** What is on disk or on its way there. */
  private List<Address> saved = List.of();

  AddressBook(MetaFiles files) {
    this.files = files;
  }

  /** Saves the addresses, if they have changed: the status of a member changes more often. */
  void save(List<Address> addresses) {
    if (addresses.equals(saved)) {
      return;
    }
    saved = List.copyOf(addresses);
    BinaryWriter out = new BinaryWriter(256);
    out.u8(MetaFiles.FORMAT);
    out.varint(addresses.size());
    for (Address address : addresses) {
      out.text(address.host()).varint(address.port());
    }
    // At worst lost: then only the seeds are left.
    files.save(
        FILE,
        out::toBytes,
        failure -> {
          if (failure != null) {
            saved = List.of();
          }
        });
  }

  List<Address> restored() {
    byte[] kept = files.read(FILE);
    List<Address> peers = new ArrayList<>();
    if (kept != null) {
      BinaryReader in = new BinaryReader(kept);
      MetaFiles.requireFormat(in.u8("the format of peers"), "peers");
      int count = in.count(2, "the number of peers");
      for (int i = 0; i < count; i++) {
        peers.add(new Address(in.text("a host"), (int) in.varint("a port")));
      }
    }
    return peers;
  }
}
