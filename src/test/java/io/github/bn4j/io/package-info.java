/** Tests of files: round trips, and everything a stranger's file can have wrong. */
@NullMarked
package io.github.bn4j.io;

import org.jspecify.annotations.NullMarked;
