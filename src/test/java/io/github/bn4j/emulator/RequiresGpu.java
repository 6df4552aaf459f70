package io.github.bn4j.emulator;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs the tests of a class on a real device; skips them with the reason where there is none, and
 * fails them there under {@code -Dbn4j.gpu=require}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag(RequiresGpu.TAG)
@ExtendWith(RequiresGpuExtension.class)
public @interface RequiresGpu {
  /** JUnit's tag of all these tests. */
  String TAG = "gpu";
}
