package starling.node.replica;

import starling.node.storage.Key;

/** Keeps both ledgers of a node up to date with every change of a key. */
public record Ledgers(HintLedger hints, DebtLedger debts) implements KeyOwner.Watcher {
  @Override
  public void onChange(Key key, int partition, StoredValue before, StoredValue after) {
    hints.onChange(partition, before, after);
    debts.onChange(key, partition, before, after);
  }

  @Override
  public void onShown(Key key, int partition, StoredValue before, StoredValue after) {
    hints.onShown(partition, before, after);
    debts.onShown(partition, before, after);
  }
}
