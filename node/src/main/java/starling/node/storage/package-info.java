/**
 * The store of one node: a checksummed log, and an index of it, behind the port {@link
 * starling.node.storage.Storage}: append, read, scan a range in position order, reap, drop a range,
 * snapshot, statistics. A library in its own right: it knows nothing of quorums, HTTP, placement or
 * event loops, and may depend on {@code starling.node.port} and its own index only.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>An append that completed as synced is there after any crash; one that completed as
 *       replicated after any kill of the process, and 10 ms later after any crash.
 *   <li>Reads see an append exactly from its completion on, and never bytes that are not what was
 *       written. Damage in the middle is set aside and reported, never cut; an unfinished end is
 *       cut and kept aside.
 *   <li>The first failed write or fsync of the log stops it for good. A full disk does not, and
 *       neither does what may pass besides, as a lack of descriptors: appends are refused until
 *       there is room, what was taken before waits for it, reads go on.
 *   <li>Files of another store or of a newer version are refused with words. An index that is
 *       damaged or missing is made anew from the log.
 *   <li>What it may not know about its own losses, {@link starling.node.storage.StorageRecovery}
 *       says, again and again until it was handled.
 * </ol>
 *
 * <p>All is called on the owner's thread, which owns every decision: {@code GroupCommit} forms
 * groups for the {@code LogWriter}'s thread, {@code LiveIndex} knows where the newest record of
 * each key lies, {@code Maintenance} decides what the background does. What runs elsewhere works on
 * values that it was given, and brings its result home.
 */
@NullMarked
package starling.node.storage;

import org.jspecify.annotations.NullMarked;
