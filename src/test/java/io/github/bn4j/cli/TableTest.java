package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTest {
  private static final Table TABLE =
      Table.of(
          List.of(
              Table.Field.word("shape", String::toString),
              Table.Field.<String>number("us", text -> Integer.toString(text.length()))
                  .badWhere(text -> text.length() > 4),
              Table.Field.word("note", text -> "a|b")),
          List.of("32x64", "1x1"));

  @Test
  void lines_alignWordsLeftAndNumbersRight() {
    assertThat(TABLE.lines(head -> "<" + head + ">", bad -> "!" + bad))
        .containsExactly("<shape us note>", "32x64  !5 a|b", "1x1    3 a|b");
  }

  @Test
  void markdown_marksNumbersAndEscapesBars() {
    assertThat(TABLE.markdown())
        .containsExactly(
            "| shape | us | note |",
            "|---|---:|---|",
            "| 32x64 | 5 | a\\|b |",
            "| 1x1 | 3 | a\\|b |");
  }
}
