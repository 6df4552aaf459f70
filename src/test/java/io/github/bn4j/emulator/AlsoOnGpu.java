package io.github.bn4j.emulator;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A test, or all tests, of an {@link EmulatedCuda} class that ask nothing of the emulated device
 * itself: under {@code -Dbn4j.gpu=require} they run on the real one, and the annotation's settings
 * are ignored.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag(RequiresGpu.TAG)
public @interface AlsoOnGpu {}
