/** Tests of the cuDNN backend, and the probes that ask hardware what the documents leave open. */
@NullMarked
package io.github.bn4j.backend.cudnn;

import org.jspecify.annotations.NullMarked;
