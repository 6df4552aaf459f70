package io.github.bn4j.cli;

import io.github.bn4j.backend.ptx.Tier;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.verify.Suite;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The words that options take, and what they mean. */
final class Choices {
  private Choices() {}

  /** Lets a line take numbers with a message in the words of all others. */
  static void teachNumbers(CommandLine line) {
    line.registerConverter(int.class, word -> number(word, Integer::valueOf, "a whole number"));
    line.registerConverter(Integer.class, word -> number(word, Integer::valueOf, "a whole number"));
    line.registerConverter(long.class, word -> number(word, Long::valueOf, "a whole number"));
    line.registerConverter(Long.class, word -> number(word, Long::valueOf, "a whole number"));
    line.registerConverter(Double.class, word -> number(word, Double::valueOf, "a number"));
  }

  private static <T> T number(String word, Function<String, T> parse, String what) {
    try {
      return parse.apply(word);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("expected %s, got \"%s\"".formatted(what, word));
    }
  }

  private static <T> Map<String, T> byLabel(Stream<T> values, Function<T, String> label) {
    return values.collect(Collectors.toMap(label, one -> one, (one, same) -> one, TreeMap::new));
  }

  private static <T> T pick(String word, Map<String, T> meanings) {
    T meaning = meanings.get(word.toLowerCase(Locale.ROOT));
    if (meaning == null) {
      throw new TypeConversionException(
          "expected one of %s, got \"%s\""
              .formatted(String.join(", ", new TreeMap<>(meanings).keySet()), word));
    }
    return meaning;
  }

  /** {@code nchw} or {@code nhwc}. */
  static final class OfLayout implements ITypeConverter<Layout> {
    @Override
    public Layout convert(String word) {
      return pick(word, byLabel(Stream.of(Layout.values()), Layout::label));
    }
  }

  /** {@code forward-training} and so on. */
  static final class OfOperation implements ITypeConverter<BenchmarkOp> {
    @Override
    public BenchmarkOp convert(String word) {
      Map<String, BenchmarkOp> operations =
          byLabel(Stream.of(BenchmarkOp.values()), BenchmarkOp::label);
      operations.put("backward-inference", BenchmarkOp.BACKWARD_FROZEN);
      return pick(word, operations);
    }
  }

  /** {@code quick} or {@code full}. */
  static final class OfSuite implements ITypeConverter<Suite> {
    @Override
    public Suite convert(String word) {
      return pick(word, byLabel(Stream.of(Suite.values()), Suite::label));
    }
  }

  /** {@code f32}, {@code f64}, {@code f16} or {@code bf16}. */
  static final class OfDataType implements ITypeConverter<DataType> {
    @Override
    public DataType convert(String word) {
      return pick(
          word,
          byLabel(Stream.of(DataType.values()).filter(DataType::isFloatingPoint), DataType::label));
    }
  }

  /** {@code block}, {@code cluster}, {@code grid} or {@code two-pass}. */
  static final class OfTier implements ITypeConverter<Tier> {
    @Override
    public Tier convert(String word) {
      return pick(word, byLabel(Stream.of(Tier.values()), Tier::label));
    }
  }

  /** {@code none} or {@code relu}. */
  static final class OfActivation implements ITypeConverter<Activation> {
    @Override
    public Activation convert(String word) {
      return pick(word, Map.of("none", Activation.NONE, "relu", Activation.RELU));
    }
  }

  /** The frameworks whose files and meanings are known. */
  static final class OfConvention implements ITypeConverter<Convention> {
    @Override
    public Convention convert(String word) {
      return pick(
          word,
          byLabel(
              Stream.of(Convention.PYTORCH, Convention.KERAS, Convention.ONNX, Convention.FLAX),
              Convention::label));
    }
  }

  /** {@code error}, {@code keep} or {@code population}. */
  static final class OfSingleValue implements ITypeConverter<SingleValuePolicy> {
    @Override
    public SingleValuePolicy convert(String word) {
      return pick(
          word,
          Map.of(
              "error",
              SingleValuePolicy.ERROR,
              "keep",
              SingleValuePolicy.KEEP_RUNNING,
              "population",
              SingleValuePolicy.POPULATION));
    }
  }
}
