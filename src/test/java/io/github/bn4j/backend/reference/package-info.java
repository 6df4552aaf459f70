/** Tests of the judge: by hand, by differentiation, by samples. */
@NullMarked
package io.github.bn4j.backend.reference;

import org.jspecify.annotations.NullMarked;
