/**
 * Compiled examples for users with GPU code of their own, and the tests that run them on the
 * emulated device. Everything here uses public classes only.
 */
@NullMarked
package io.github.bn4j.examples;

import org.jspecify.annotations.NullMarked;
