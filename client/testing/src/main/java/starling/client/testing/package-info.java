/**
 * A JUnit 5 extension that runs a real cluster of local processes, and cuts, kills and pauses its
 * nodes. May depend on {@code starling.client} and on JUnit's API; the node comes as a jar that is
 * run, not as classes.
 */
@NullMarked
package starling.client.testing;

import org.jspecify.annotations.NullMarked;
