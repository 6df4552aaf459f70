package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class JsonOptionTest {
  private record Report(double plain, @Nullable Double boxed, List<Double> many) {}

  @Test
  void toJson_notFinite_isAStringSinceJsonHasNoWordForIt() {
    String json =
        JsonOption.toJson(
            new Report(
                Double.POSITIVE_INFINITY, Double.NaN, List.of(0.5, Double.NEGATIVE_INFINITY)));

    JsonObject read = JsonParser.parseString(json).getAsJsonObject();
    assertThat(json).contains("\"Infinity\"", "\"NaN\"", "\"-Infinity\"", "0.5");
    assertThat(read.getAsJsonPrimitive("plain").isString()).isTrue();
    assertThat(read.getAsJsonPrimitive("boxed").isString()).isTrue();
    assertThat(read.getAsJsonArray("many").get(0).getAsJsonPrimitive().isNumber()).isTrue();
  }

  @Test
  void toJson_nothing_isNull() {
    String json = JsonOption.toJson(new Report(1.5, null, List.of()));

    assertThat(json).contains("\"boxed\": null", "\"plain\": 1.5");
  }
}
