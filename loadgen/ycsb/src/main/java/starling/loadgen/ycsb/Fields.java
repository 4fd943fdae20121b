package starling.loadgen.ycsb;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import starling.client.Codec;
import starling.client.Codecs;

/**
 * A record of YCSB: its fields by name. Stored as bytes: the version 1 in one byte; then for each
 * field, in the order of names, the name as {@link DataOutputStream#writeUTF} writes it, the length
 * of the value in four bytes, and the value.
 *
 * <pre>
 * 01  00 06 66 69 65 6c 64 30  00 00 00 03 61 62 63     field0 = abc
 * </pre>
 */
record Fields(Map<String, byte[]> values) {
  private static final int VERSION = 1;

  static final Codec<Fields> CODEC = Codecs.bytes().mapping(Fields::bytes, Fields::of);

  Fields {
    values = new TreeMap<>(values);
  }

  private static byte[] bytes(Fields fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(VERSION);
    for (Map.Entry<String, byte[]> field : fields.values.entrySet()) {
      out.writeUTF(field.getKey());
      out.writeInt(field.getValue().length);
      out.write(field.getValue());
    }
    return bytes.toByteArray();
  }

  private static Fields of(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException("no record of YCSB: version " + version + ", not " + VERSION);
    }
    Map<String, byte[]> values = new TreeMap<>();
    while (in.available() > 0) {
      String name = in.readUTF();
      int length = in.readInt();
      if (length < 0 || length > in.available()) {
        throw new IOException("no record of YCSB: the field " + name + " is cut off");
      }
      values.put(name, in.readNBytes(length));
    }
    return new Fields(values);
  }

  /** This record with other values for some of its fields. */
  Fields with(Map<String, byte[]> changed) {
    Map<String, byte[]> all = new TreeMap<>(values);
    all.putAll(changed);
    return new Fields(all);
  }

  /** Of concurrent updates: each field's greatest value, whatever the order of the two. */
  Fields merge(Fields other) {
    Map<String, byte[]> all = new TreeMap<>(values);
    other.values.forEach(
        (name, value) ->
            all.merge(name, value, (a, b) -> Arrays.compareUnsigned(a, b) >= 0 ? a : b));
    return new Fields(all);
  }
}
