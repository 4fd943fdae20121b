package starling.client;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;

/**
 * Makes one value of concurrent ones. Called for two or more siblings only, on the client's thread,
 * so it must not wait. The result should not depend on the order of the list: replicas do not agree
 * on one.
 */
public interface Resolver<T> {
  /**
   * The value that all siblings together stand for.
   *
   * @throws RuntimeException if there is none; the call then fails with {@link UnresolvedException}
   */
  T resolve(List<T> siblings);

  /** All elements of all sets. A removal that is concurrent to any other write is lost. */
  static <E> Resolver<Set<E>> union() {
    return siblings -> {
      Set<E> all = new LinkedHashSet<>();
      siblings.forEach(all::addAll);
      return all;
    };
  }

  /** Folds the siblings pair by pair; the operation must be associative and commutative. */
  static <T> Resolver<T> merging(BinaryOperator<T> merge) {
    return siblings -> siblings.stream().reduce(merge).orElseThrow();
  }

  /**
   * The largest sibling. Where a value carries the time of its write, {@code
   * Resolver.largest(comparing(Cart::changed))} keeps the last written and drops the others.
   */
  static <T> Resolver<T> largest(java.util.Comparator<? super T> order) {
    return siblings -> siblings.stream().max(order).orElseThrow();
  }
}
