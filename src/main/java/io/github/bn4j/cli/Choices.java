package io.github.bn4j.cli;

import io.github.bn4j.backend.ptx.Tier;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.SingleValuePolicy;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The words that options take, and what they mean. */
final class Choices {
  private Choices() {}

  private static <T> T pick(String word, Map<String, T> meanings) {
    T meaning = meanings.get(word);
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
      return pick(
          word, Stream.of(Layout.values()).collect(Collectors.toMap(Layout::label, one -> one)));
    }
  }

  /** {@code forward-training} and so on. */
  static final class OfOperation implements ITypeConverter<BenchmarkOp> {
    @Override
    public BenchmarkOp convert(String word) {
      try {
        return BenchmarkOp.of(word);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** {@code f32}, {@code f64}, {@code f16} or {@code bf16}. */
  static final class OfDataType implements ITypeConverter<DataType> {
    @Override
    public DataType convert(String word) {
      return pick(
          word,
          Stream.of(DataType.values())
              .filter(DataType::isFloatingPoint)
              .collect(Collectors.toMap(DataType::label, one -> one)));
    }
  }

  /** {@code block}, {@code cluster}, {@code grid} or {@code two-pass}. */
  static final class OfTier implements ITypeConverter<Tier> {
    @Override
    public Tier convert(String word) {
      return pick(
          word, Stream.of(Tier.values()).collect(Collectors.toMap(Tier::label, one -> one)));
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
          Stream.of(Convention.PYTORCH, Convention.KERAS, Convention.ONNX, Convention.FLAX)
              .collect(Collectors.toMap(Convention::label, one -> one)));
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
