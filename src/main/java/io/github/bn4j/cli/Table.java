package io.github.bn4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Rows of text under titles, for a terminal or for Markdown. */
final class Table {
  private final List<Column> columns;
  private final List<List<Cell>> rows;

  /**
   * A column.
   *
   * @param title its head
   * @param number true for what is aligned at the right
   */
  private record Column(String title, boolean number) {}

  /**
   * A text in a row.
   *
   * @param bad true for what a person shall not overlook
   */
  private record Cell(String text, boolean bad) {}

  /** A column, and what it shows of a row. */
  record Field<T>(Column column, Function<T, String> text, Predicate<T> bad) {
    static <T> Field<T> word(String title, Function<T, String> text) {
      return new Field<>(new Column(title, false), text, row -> false);
    }

    static <T> Field<T> number(String title, Function<T, String> text) {
      return new Field<>(new Column(title, true), text, row -> false);
    }

    /** The same, with the cells that the test holds for marked as bad. */
    Field<T> badWhere(Predicate<T> test) {
      return new Field<>(column, text, test);
    }

    private Cell cell(T row) {
      return new Cell(text.apply(row), bad.test(row));
    }
  }

  private Table(List<Column> columns, List<List<Cell>> rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /** One row per value. */
  static <T> Table of(List<Field<T>> fields, List<T> values) {
    List<List<Cell>> rows = new ArrayList<>();
    for (T value : values) {
      rows.add(fields.stream().map(field -> field.cell(value)).toList());
    }
    return new Table(fields.stream().map(Field::column).toList(), rows);
  }

  /** Prints it with a head that stands out. */
  void print(Screen screen) {
    lines(screen::strong, screen::bad).forEach(screen.out()::println);
  }

  /** Lines of columns of equal width, the head and bad cells in styles of their own. */
  List<String> lines(UnaryOperator<String> head, UnaryOperator<String> bad) {
    List<String> lines = new ArrayList<>();
    lines.add(head.apply(line(titles(), bad)));
    rows.forEach(row -> lines.add(line(row, bad)));
    return lines;
  }

  private List<Cell> titles() {
    return columns.stream().map(column -> new Cell(column.title(), false)).toList();
  }

  private String line(List<Cell> cells, UnaryOperator<String> bad) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      Cell cell = cells.get(i);
      String text = cell.bad() ? bad.apply(cell.text()) : cell.text();
      String padding = " ".repeat(width(i) - cell.text().length());
      boolean right = columns.get(i).number();
      line.append(right ? padding : "").append(text).append(right ? "" : padding);
      line.append(' ');
    }
    return line.toString().stripTrailing();
  }

  private int width(int column) {
    return rows.stream()
        .mapToInt(row -> row.get(column).text().length())
        .reduce(columns.get(column).title().length(), Math::max);
  }

  /** A table of Markdown. */
  List<String> markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(bars(titles()));
    lines.add(
        "|"
            + String.join("|", columns.stream().map(c -> c.number() ? "---:" : "---").toList())
            + "|");
    rows.forEach(row -> lines.add(bars(row)));
    return lines;
  }

  private static String bars(List<Cell> cells) {
    return "| "
        + String.join(" | ", cells.stream().map(c -> c.text().replace("|", "\\|")).toList())
        + " |";
  }
}
