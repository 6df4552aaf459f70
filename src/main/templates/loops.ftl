<#--
  What the vector loops of the types have in common. `type` is F32, Bf16 or F16.

  Conversions between a 16-bit type and float are statements in place: vectors that are passed to a
  method stay in objects if the compiler does not inline it, at twenty times the time. They take the
  integer steps of HalfPrecision, without comparisons, whose masks take several instructions each on
  JDK 17.

  Each method is longer than 325 bytes and has some 25 operations at most, shifts counted twice:
  package-info of the vector package says why.
-->
<#assign halves = ["Bf16", "F16"] />

<#-- True where loops convert back on the way, too: both ways of f16 are too much for one method. -->
<#function narrows><#return type == "Bf16" /></#function>

<#-- Java for a value in an array of the type as a float, and back. -->
<#function toFloat value><#return (type == "F32")?then(value, "HalfPrecision." + type?uncap_first + "ToFloat(" + value + ")") /></#function>
<#function fromFloat value><#return narrows()?then("HalfPrecision.floatTo" + type + "(" + value + ")", value) /></#function>

<#-- Declares `array`, where the rows of a tile that is read lie. -->
<#macro read array tile>
<#if type == "F32">
    float[] ${array} = ${tile}.array();
<#else>
    short[] ${array} = Objects.requireNonNull(${tile}.bits());
</#if>
</#macro>
<#function offset tile><#return tile + (type == "F32")?then(".offset()", ".bitsOffset()") /></#function>
<#function stride tile><#return tile + (type == "F32")?then(".stride()", ".bitsStride()") /></#function>

<#-- The same of one that is written. -->
<#macro written array tile>
<#if narrows()>
<@read array tile />
<#else>
    float[] ${array} = ${tile}.array();
</#if>
</#macro>
<#function writtenOffset tile><#return narrows()?then(offset(tile), tile + ".offset()") /></#function>
<#function writtenStride tile><#return narrows()?then(stride(tile), tile + ".stride()") /></#function>

<#-- What is added to an index for vector k. -->
<#function at k><#return (k == 0)?then("", " + " + (k == 1)?then("COUNT", k + " * COUNT")) /></#function>

<#-- The sum of `count` accumulators, as a tree. -->
<#function total name count first=0>
<#if count == 1><#return name + first /></#if>
<#return total(name, count / 2, first) + ".add(" + total(name, count / 2, first + count / 2) + ")" />
</#function>

<#-- What `widen` needs, once per method. A vector for a number in place costs the compiler as much as
  the operation it is for. -->
<#macro widenConstants>
<#if type == "F16">
    IntVector fields = IntVector.broadcast(INTS, 0x8fffe000);
    IntVector one = IntVector.broadcast(INTS, 0x00800000);
    IntVector carry = IntVector.broadcast(INTS, 0x10000000);
    IntVector toLargest = IntVector.broadcast(INTS, 7);
    FloatVector rebias = FloatVector.broadcast(FLOATS, 0x1p112f);
</#if>
</#macro>

<#-- FloatVector `name`, from patterns in `array` at `at`. -->
<#macro widen name array at>
<#if type == "F32">
      FloatVector ${name} = FloatVector.fromArray(FLOATS, ${array}, ${at});
<#elseif type == "Bf16">
      FloatVector ${name} =
          ((IntVector) ShortVector.fromArray(SHORTS, ${array}, ${at}).convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
<#else>
<#-- Sign, exponent and fraction in place; 2^112 makes up for the bias, and normalizes subnormals. -->
      IntVector ${name}Bits =
          ((IntVector) ShortVector.fromArray(SHORTS, ${array}, ${at}).convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .lanewise(AND, fields);
<#-- Of infinity and NaN one more is beyond the exponent's five bits: seven times that makes 255. -->
      FloatVector ${name} =
          ${name}Bits.add(${name}Bits.add(one).lanewise(AND, carry).mul(toLargest))
              .reinterpretAsFloats()
              .mul(rebias);
</#if>
</#macro>

<#-- What `narrow` needs, once per method. -->
<#macro narrowConstants>
    IntVector magnitudes = IntVector.broadcast(INTS, Integer.MAX_VALUE);
<#if type == "Bf16">
    IntVector nan = IntVector.broadcast(INTS, 0x7f800001);
    IntVector half = IntVector.broadcast(INTS, 0x7fff);
    IntVector odd = IntVector.broadcast(INTS, 1);
    IntVector quiet = IntVector.broadcast(INTS, 0x40);
<#else>
    IntVector infinity = IntVector.broadcast(INTS, 0x7f800000);
    IntVector largest = IntVector.broadcast(INTS, 0x47800000);
    IntVector normal = IntVector.broadcast(INTS, 0x38800000);
    IntVector spacing = IntVector.broadcast(INTS, 0x06800800);
    IntVector quiet = IntVector.broadcast(INTS, 0x200);
    IntVector signs = IntVector.broadcast(INTS, 0x8000);
</#if>
</#macro>

<#-- Patterns of the FloatVector `value`, into `array` at `at`; `name` is new. -->
<#macro narrow name value array at>
      IntVector ${name} = ${value}.reinterpretAsInts();
<#if type == "Bf16">
<#-- All ones but for NaN, which is not rounded. -->
      IntVector ${name}Number = ${name}.lanewise(AND, magnitudes).sub(nan).lanewise(ASHR, 31);
      IntVector ${name}Rise = ${name}.lanewise(LSHR, 16).lanewise(AND, odd).add(half).lanewise(AND, ${name}Number);
      ((ShortVector)
              ${name}.add(${name}Rise)
                  .lanewise(LSHR, 16)
                  .lanewise(OR, quiet.sub(${name}Number.lanewise(AND, quiet)))
                  .convertShape(I2S, SHORTS, 0))
          .intoArray(${array}, ${at});
<#else>
      IntVector ${name}Magnitude = ${name}.lanewise(AND, magnitudes);
      IntVector ${name}Finite = ${name}Magnitude.min(largest);
<#-- Added to 2^13 times the power of two below it, 2^-14 at least, a value is rounded to the spacing
  of binary16, and the sum ends with its number of spacings. With the exponent, and the 2048 in
  `spacing`, that makes the pattern and a multiple of 2^16, which the shorts don't hold. -->
      IntVector ${name}Power = ${name}Finite.lanewise(AND, infinity).max(normal).add(spacing);
      IntVector ${name}Rounded =
          ${name}Finite.reinterpretAsFloats()
              .add(${name}Power.reinterpretAsFloats())
              .reinterpretAsInts()
              .add(${name}Power.lanewise(LSHR, 13));
      IntVector ${name}Quiet = infinity.sub(${name}Magnitude).lanewise(LSHR, 22).lanewise(AND, quiet);
      ((ShortVector)
              ${name}Rounded.lanewise(OR, ${name}Quiet)
                  .lanewise(OR, ${name}.lanewise(LSHR, 16).lanewise(AND, signs))
                  .convertShape(I2S, SHORTS, 0))
          .intoArray(${array}, ${at});
</#if>
</#macro>

<#-- What `put` needs, once per method. -->
<#macro putConstants><#if narrows()><@narrowConstants /></#if></#macro>

<#-- The FloatVector `value` into `array` at `at`; `name` is new. -->
<#macro put name value array at>
<#if narrows()>
      FloatVector ${name}Value = ${value};
<@narrow name=name value=name + "Value" array=array at=at />
<#else>
      ${value}.intoArray(${array}, ${at});
</#if>
</#macro>

<#-- What these classes import. -->
<#macro imports>
import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;
<#if type != "F32">
import static io.github.bn4j.backend.cpu.vector.Lanes.INTS;
import static io.github.bn4j.backend.cpu.vector.Lanes.SHORTS;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;

import io.github.bn4j.op.HalfPrecision;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
</#if>
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
</#macro>
