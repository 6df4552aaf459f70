package io.github.bn4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README.md says is so. */
final class ReadmeTest {
  private static final Path EXAMPLE = Path.of("src/test/java/io/github/bn4j/ReadmeExample.java");

  @TempDir private Path folder;

  private static String readme() throws IOException {
    return Files.readString(Path.of("README.md")).replace("\r\n", "\n");
  }

  @Test
  void example_isTheCompiledOne() throws IOException {
    List<String> lines = Files.readAllLines(EXAMPLE);
    int from = lines.indexOf("    // README") + 1;
    int to = lines.indexOf("    // end");
    String code = String.join("\n", lines.subList(from, to)).indent(-4);

    assertThat(from).isPositive();
    assertThat(readme()).contains("```java\n" + code + "```\n");
  }

  @Test
  void example_runsAndSaves() throws IOException {
    Path file = folder.resolve("bn.safetensors");
    ReadmeExample.run(file);

    NamedTensors saved = Safetensors.read(file);
    assertThat(saved.tensors().keySet())
        .containsExactlyInAnyOrder(
            "weight", "bias", "running_mean", "running_var", "num_batches_tracked");
  }

  @Test
  void backendTable_isTheList() throws IOException {
    String table = readme().replaceAll("(?s).*<!-- backends -->(.*)<!-- end -->.*", "$1");
    List<String> names =
        Pattern.compile("^\\| `([\\w-]+)` \\|", Pattern.MULTILINE)
            .matcher(table)
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(names).isEqualTo(Backends.all().stream().map(Backend::name).toList());
  }

  @Test
  void links_leadToFiles() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    for (Path page : pages) {
      Matcher links = Pattern.compile("]\\(([^)#:]+)\\)").matcher(Files.readString(page));
      while (links.find()) {
        assertThat(page.resolveSibling(links.group(1)).normalize()).as(page + " links to").exists();
      }
    }
  }
}
