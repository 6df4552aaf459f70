package io.github.bn4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class BackendListTest {
  private static final BatchNormSpec SPEC = BatchNormSpec.builder(TensorShape.of(4, 3, 5)).build();

  private final Logger log = (Logger) LoggerFactory.getLogger(Backends.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Backend slow = FakeBackend.able("slow");
  private final BackendList list =
      new BackendList(List.of(FakeBackend.unable("gpu", "no driver"), slow), List.of());

  @BeforeEach
  void listen() {
    lines.start();
    log.setLevel(Level.INFO);
    log.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    log.detachAppender(lines);
    log.setLevel(null);
  }

  @Test
  void auto_takesTheFirstThatSupportsTheSpec() {
    assertThat(list.choose("auto", SPEC, backend -> true)).isSameAs(slow);
  }

  @Test
  void auto_logsOneLineWhoAndWhyNotTheOthers() {
    list.choose("auto", SPEC, backend -> true);

    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getLevel()).isEqualTo(Level.INFO);
    assertThat(lines.list.get(0).getFormattedMessage())
        .isEqualTo("TRAINING 4x3x5 nchw f32 computed by backend slow; not gpu: no driver");
  }

  @Test
  void auto_logsOncePerKindOfSpec() {
    list.choose("auto", SPEC, backend -> true);
    list.choose("auto", SPEC.toBuilder().shape(TensorShape.of(9, 3)).build(), backend -> true);
    assertThat(lines.list).hasSize(1);

    list.choose("auto", SPEC.toBuilder().dataType(DataType.F16).build(), backend -> true);
    assertThat(lines.list).hasSize(2);
  }

  @Test
  void auto_ofNone_saysWhyNotEach() {
    BackendList none =
        new BackendList(
            List.of(FakeBackend.unable("gpu", "no driver")), List.of(FakeBackend.able("risky")));

    assertThatThrownBy(() -> none.choose("auto", SPEC, backend -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not gpu: no driver");
  }

  @Test
  void named_neverFallsBack() {
    assertThatThrownBy(() -> list.choose("gpu", SPEC, backend -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "backend: gpu does not support TRAINING 4x3x5 nchw f32: no driver;"
                + " choose another, or auto");
    assertThat(lines.list).isEmpty();
  }

  @Test
  void unknownName_listsTheKnown() {
    assertThatThrownBy(() -> list.byName("cuda"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backend: expected one of auto, gpu, slow, got \"cuda\"");
  }

  @Test
  void explain_hasOneLinePerBackend() {
    assertThat(list.explain(SPEC).lines())
        .containsExactly("gpu              no: no driver", "slow             yes, chosen");
  }

  @Test
  void whatHasToBeNamed_isNeverTakenByAuto() {
    FakeBackend risky = FakeBackend.able("risky");
    BackendList withRisky =
        new BackendList(List.of(FakeBackend.unable("gpu", "no driver")), List.of(risky));

    assertThatThrownBy(() -> withRisky.choose("auto", SPEC, backend -> true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(withRisky.choose("risky", SPEC, backend -> true)).isSameAs(risky);
    assertThat(withRisky.explain(SPEC)).doesNotContain("chosen");
  }

  @Test
  void theList_isInOrderOfPreference() {
    assertThat(Backends.all())
        .extracting(Backend::name)
        .containsExactly("cudnn", "ptx", "cpu", "reference", "cudnn-persistent");
    assertThat(Backends.byName("reference").available().isYes()).isTrue();
  }
}
