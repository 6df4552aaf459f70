package io.github.bn4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChartTest {
  private static final Axes AXES = Axes.linear("Loss", "epoch", "cross entropy");
  private static final int BLUE = 0x0072B2;
  private static final int VERMILION = 0xD55E00;

  @TempDir private Path folder;

  private static long count(BufferedImage image, int colour) {
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return Arrays.stream(pixels).filter(pixel -> (pixel & 0xFFFFFF) == colour).count();
  }

  private BufferedImage read(String name) throws IOException {
    BufferedImage image = ImageIO.read(folder.resolve(name).toFile());
    assertThat(count(image, 0xFFFFFF)).as("white background").isPositive();
    return image;
  }

  @Test
  void lines_haveTheirColoursAndTheRightSize() throws IOException {
    LineChart.write(
        folder.resolve("lines.png"),
        AXES,
        List.of(Series.ofValues("a", 3, 2, 1), Series.ofValues("b", 1, 2, Double.NaN, 3)));

    BufferedImage image = read("lines.png");
    assertThat(image.getWidth()).isEqualTo(1800);
    assertThat(image.getHeight()).isEqualTo(1040);
    assertThat(count(image, BLUE)).isGreaterThan(1000);
    assertThat(count(image, VERMILION)).isGreaterThan(1000);
  }

  @Test
  void curveThatCannotBeShown_isLeftOut() throws IOException {
    LineChart.write(
        folder.resolve("log.png"),
        AXES.withLogX(),
        List.of(
            Series.ofValues("diverged", Double.NaN, Double.NEGATIVE_INFINITY),
            Series.ofValues("fine", 1, 10, 100)));

    BufferedImage image = read("log.png");
    assertThat(count(image, BLUE)).isZero();
    assertThat(count(image, VERMILION)).isPositive();
  }

  @Test
  void nothingToShow_isRefused() {
    assertThatThrownBy(
            () ->
                LineChart.write(
                    folder.resolve("a.png"), AXES, List.of(Series.ofValues("a", Double.NaN))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("chart Loss: expected at least one value that its axes can show, got none");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void series_checksItsPoints() {
    assertThatThrownBy(() -> Series.of("a", new double[] {1}, new double[] {1, 2}))
        .hasMessageContaining("series a: expected as many values as positions")
        .hasMessageContaining("got 2 and 1");
    assertThatThrownBy(() -> Series.of("a", new double[] {Double.NaN}, new double[] {1}))
        .hasMessage("series a: expected finite positions, got NaN");
  }

  @Test
  void bars_haveTheirColours() throws IOException {
    BarChart.write(
        folder.resolve("bars.png"),
        Axes.linear("Against the best peer", "", "times faster"),
        List.of("32x64x56x56", "128x512"),
        List.of(
            new BarChart.Bars("forward", List.of(1.5, 0.8)),
            new BarChart.Bars("backward", Arrays.asList(1.2, null))),
        1);

    BufferedImage image = read("bars.png");
    assertThat(image.getHeight()).isEqualTo(1240);
    assertThat(count(image, BLUE)).isGreaterThan(count(image, VERMILION));
    assertThat(count(image, VERMILION)).isGreaterThan(1000);
  }

  @Test
  void bars_checkNamesAndValues() {
    List<BarChart.Bars> one = List.of(new BarChart.Bars("a", List.of(1.0)));
    List<String> many = IntStream.range(0, 81).mapToObj(Integer::toString).toList();

    assertThatThrownBy(() -> BarChart.write(folder, AXES, many, one, 1))
        .hasMessage("bars: expected 1 to 80 names and at least one group, got 81 and 1");
    assertThatThrownBy(() -> BarChart.write(folder, AXES, List.of("a", "a"), one, 1))
        .hasMessage("bars: expected different names, got [a, a]");
    assertThatThrownBy(() -> BarChart.write(folder, AXES, List.of("a", "b"), one, 1))
        .hasMessage("bars a: expected 2 values, one per name, got 1");
  }

  @Test
  void roofline_showsPointsUnderTheRoof() throws IOException {
    Series roof = Series.of("copy", new double[] {100, 1}, new double[] {8, 20});
    RooflineChart.write(
        folder.resolve("roof.png"),
        Axes.linear("Roofline", "MB", "GB/s").withLogX(),
        List.of(Series.of("cpu forward", new double[] {1, 10, 100}, new double[] {9, 7, 6})),
        roof);

    BufferedImage image = read("roof.png");
    assertThat(count(image, 0x404040)).as("roof").isPositive();
    assertThat(count(image, BLUE)).as("points").isPositive();
    assertThat(roof.sorted().x()).containsExactly(1.0, 100.0);
    assertThat(roof.sorted().y()).containsExactly(20.0, 8.0);
  }

  @Test
  void pathThatCannotBeWritten_isRefusedWithTheReason() throws IOException {
    List<Series> curves = List.of(Series.ofValues("a", 1, 2));

    assertThatThrownBy(() -> LineChart.write(folder.resolve("no/a.png"), AXES, curves))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a folder");
    Path inTheWay = Files.createDirectory(folder.resolve("b.png"));
    assertThatThrownBy(() -> LineChart.write(inTheWay, AXES, curves))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("got a folder");
  }
}
