/** Tests of the networks. */
@NullMarked
package io.github.bn4j.train.network;

import org.jspecify.annotations.NullMarked;
