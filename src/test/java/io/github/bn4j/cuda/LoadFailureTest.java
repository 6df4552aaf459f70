package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Texts as the JVM and JCuda write them, for conditions that a test cannot bring about. */
final class LoadFailureTest {
  @Test
  void explain_noexecFolder_namesTheProperty() {
    assertThat(
            LoadFailure.explain(
                "java.lang.UnsatisfiedLinkError: /tmp/libJCudaDriver-12.6.0-linux-x86_64.so: "
                    + "/tmp/libJCudaDriver-12.6.0-linux-x86_64.so: failed to map segment from shared"
                    + " object"))
        .startsWith(
            "the folder into which JCuda unpacks its natives is mounted noexec (java.io.tmp")
        .endsWith("-Djava.io.tmpdir=<a folder that can be written to and executed from>");
  }

  @Test
  void explain_readOnlyFolder_namesTheProperty() {
    assertThat(
            LoadFailure.explain(
                "java.io.FileNotFoundException: /tmp/libJCudaDriver-12.6.0-linux-x86_64.so"
                    + " (Read-only file system)"))
        .contains("cannot be written to");
  }

  @Test
  void explain_anotherMissingLibrary_namesIt() {
    assertThat(
            LoadFailure.explain(
                "UnsatisfiedLinkError: /tmp/libJ.so: libstdc++.so.6: cannot open shared object file"))
        .isEqualTo("libstdc++.so.6 was not found; install it or add its folder to LD_LIBRARY_PATH");
  }

  @Test
  void explain_unknownText_repeatsItsFirstLine() {
    assertThat(LoadFailure.explain("something new\n\tat some.Frame"))
        .isEqualTo("JCuda's natives cannot be loaded: something new");
  }
}
