package io.github.bn4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Rows of text under titles, for a terminal or for Markdown. */
final class Table {
  private final List<Column> columns;
  private final List<List<String>> rows;

  /**
   * A column.
   *
   * @param title its head
   * @param number true for what is aligned at the right
   */
  record Column(String title, boolean number) {}

  /** A column and the text it shows of a row. */
  record Field<T>(Column column, Function<T, String> text) {
    static <T> Field<T> word(String title, Function<T, String> text) {
      return new Field<>(new Column(title, false), text);
    }

    static <T> Field<T> number(String title, Function<T, String> text) {
      return new Field<>(new Column(title, true), text);
    }
  }

  private Table(List<Column> columns, List<List<String>> rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /** One row per value. */
  static <T> Table of(List<Field<T>> fields, List<T> values) {
    List<List<String>> rows = new ArrayList<>();
    for (T value : values) {
      rows.add(fields.stream().map(field -> field.text().apply(value)).toList());
    }
    return new Table(fields.stream().map(Field::column).toList(), rows);
  }

  /** Lines of columns of equal width, the head in a style of its own. */
  List<String> lines(UnaryOperator<String> head) {
    List<String> lines = new ArrayList<>();
    lines.add(head.apply(line(columns.stream().map(Column::title).toList())));
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private String line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String padding = " ".repeat(width(i) - cells.get(i).length());
      boolean right = columns.get(i).number();
      line.append(right ? padding : "").append(cells.get(i)).append(right ? "" : padding);
      line.append(' ');
    }
    return line.toString().stripTrailing();
  }

  private int width(int column) {
    return rows.stream()
        .mapToInt(row -> row.get(column).length())
        .reduce(columns.get(column).title().length(), Math::max);
  }

  /** A table of Markdown. */
  List<String> markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(bars(columns.stream().map(Column::title).toList()));
    lines.add(
        "|"
            + String.join("|", columns.stream().map(c -> c.number() ? "---:" : "---").toList())
            + "|");
    rows.forEach(row -> lines.add(bars(row)));
    return lines;
  }

  private static String bars(List<String> cells) {
    return "| "
        + String.join(" | ", cells.stream().map(c -> c.replace("|", "\\|")).toList())
        + " |";
  }
}
