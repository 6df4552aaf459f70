package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CudnnPlacesTest {
  @TempDir Path folder;

  @Test
  void search_looksInTheLoadersPathFirstThenCudaThenWheels() throws Exception {
    Path wheel = folder.resolve("venv/lib/python3.11/site-packages/nvidia/cudnn/lib");
    Files.createDirectories(wheel);

    List<Path> folders =
        CudnnPlaces.search(
            Map.of(
                "LD_LIBRARY_PATH", "/first:/second",
                "CUDA_HOME", "/somewhere/cuda",
                "VIRTUAL_ENV", folder.resolve("venv").toString()),
            false);

    assertThat(folders)
        .containsSubsequence(
            Path.of("/first"),
            Path.of("/second"),
            Path.of("/somewhere/cuda/lib64"),
            Path.of("/usr/local/cuda/lib64"),
            wheel);
  }

  @Test
  void find_nowhere_namesEveryPlaceAndTheRemedy() {
    CudnnPlaces places =
        new CudnnPlaces("libcudnn.so.9", List.of(folder.resolve("a"), folder.resolve("b")));

    assertThat(CudnnLibrary.find(places).support().reason())
        .isEqualTo(
            "cudnn: libcudnn.so.9 not found; looked in [%s, %s]; install cuDNN 9, or name its folder"
                    .formatted(folder.resolve("a"), folder.resolve("b"))
                + " with --cudnn-dir or -Dbn4j.cudnn.dir=...");
  }

  @Test
  void find_damagedFile_saysWhatTheLoaderSaid() throws Exception {
    Files.writeString(folder.resolve("libcudnn.so.9"), "not a library");

    assertThat(
            CudnnLibrary.find(new CudnnPlaces("libcudnn.so.9", List.of(folder))).support().reason())
        .startsWith("cudnn: libcudnn.so.9 cannot be loaded ([" + folder)
        .contains("looked in [" + folder + "]");
  }
}
