package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@EmulatedCuda(computeCapability = 75)
final class TunedTiersTest {
  private static final BatchNormSpec SPEC =
      BatchNormSpec.builder(TensorShape.of(2, 3, 4, 4)).build();

  @TempDir private Path folder;
  private Path file = Path.of("tuned.txt");
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void consult() {
    file = folder.resolve("tuned.txt");
    System.setProperty(TunedTiers.PROPERTY, file.toString());
    TunedTiers.forget();
    log.start();
    ((Logger) LoggerFactory.getLogger(TunedTiers.class)).addAppender(log);
  }

  @AfterEach
  void stop() {
    System.clearProperty(TunedTiers.PROPERTY);
    TunedTiers.forget();
    ((Logger) LoggerFactory.getLogger(TunedTiers.class)).detachAppender(log);
  }

  private static CudaDevice device() {
    return CudaProbe.get().device(0);
  }

  private void write(String section, Direction direction, BatchNormSpec spec, Tier tier)
      throws IOException {
    write(section, direction, spec, Way.of(tier));
  }

  private void write(String section, Direction direction, BatchNormSpec spec, Way way)
      throws IOException {
    TunedFile tuned = new TunedFile();
    tuned.put(section, TunedFile.pass(direction, spec), new TunedFile.Entry(way, ""));
    Files.writeString(file, tuned.text());
  }

  private static String explain() {
    try (Plan plan = new PtxBackend().plan(SPEC, PlanOptions.DEFAULT)) {
      return plan.explain();
    }
  }

  private List<String> warnings() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void plan_takesTheTunedTierAndSaysSo() throws IOException {
    write(TunedFile.section(device()), Direction.FORWARD, SPEC, Tier.TWO_PASS);

    String explained = explain();

    assertThat(explained)
        .containsOnlyOnce("tuned: two-pass was the fastest when measured, by " + file)
        .contains("tier two-pass: tuned");
    assertThat(warnings()).isEmpty();
  }

  @Test
  void forcedTier_isStronger() throws IOException {
    write(TunedFile.section(device()), Direction.FORWARD, SPEC, Tier.TWO_PASS);

    try (Plan plan = PtxBackend.forced(Tier.TWO_PASS).plan(SPEC, PlanOptions.DEFAULT)) {
      assertThat(plan.explain()).contains("asked for").doesNotContain("tuned");
    }
  }

  @Test
  void off_orNoFile_isTheRule() throws IOException {
    assertThat(explain()).doesNotContain("tuned");

    write(TunedFile.section(device()), Direction.FORWARD, SPEC, Tier.TWO_PASS);
    TunedTiers.forget();
    System.setProperty(TunedTiers.PROPERTY, TunedTiers.OFF);

    assertThat(explain()).doesNotContain("tuned");
    assertThat(warnings()).isEmpty();
  }

  @Test
  void wrongFile_isIgnoredWithOneWarning() throws IOException {
    Files.writeString(file, "100% hello");

    assertThat(explain()).doesNotContain("tuned");
    assertThat(explain()).doesNotContain("tuned");

    assertThat(warnings())
        .containsExactly(
            file + ": ignored: line 1: expected bn4j tuned tiers 2, got \"100% hello\"");
  }

  @Test
  void otherDriverOrKernels_areIgnoredWithOneWarning() throws IOException {
    String section = TunedFile.section(device());
    write(section.replaceAll("kernels .*", "kernels 00000000"), Direction.FORWARD, SPEC, Tier.GRID);

    assertThat(explain()).doesNotContain("tuned");
    assertThat(explain()).doesNotContain("tuned");

    assertThat(warnings())
        .containsExactly(
            file
                + ": made with another driver or other kernels, hence ignored; run bn4j tune again");
  }

  @Test
  void cutThatTheShapeForbids_isIgnoredWithAWarning() throws IOException {
    write(TunedFile.section(device()), Direction.FORWARD, SPEC, Way.of("grid x64"));

    assertThat(explain()).contains("tier block").doesNotContain("tuned");

    assertThat(warnings())
        .hasSize(1)
        .first()
        .asString()
        .contains(
            "forward 2x3x4x4 nchw f32: tier grid x64 ignored: ", "cannot be cut into 64 parts");
  }

  @Test
  void cut_isTaken() throws IOException {
    write(TunedFile.section(device()), Direction.BACKWARD, SPEC, Way.of("grid x2"));

    assertThat(explain()).contains("tier grid: tuned: grid x2 was the fastest when measured");
  }

  @Test
  void tierThatTheDeviceCannot_isIgnoredWithAWarning() throws IOException {
    write(TunedFile.section(device()), Direction.FORWARD, SPEC, Tier.CLUSTER);

    assertThat(explain()).doesNotContain("tuned");

    assertThat(warnings())
        .containsExactly(
            file
                + ": forward 2x3x4x4 nchw f32: tier cluster ignored: clusters need compute"
                + " capability 9.0, the device has 7.5");
  }
}
