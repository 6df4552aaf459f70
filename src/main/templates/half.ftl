<#--
  Conversions between a 16-bit type and float, as statements in place: vectors that are passed to a
  method stay in objects if the compiler does not inline it, at twenty times the time. They take the
  integer steps of HalfPrecision, without comparisons, whose masks take several instructions each on
  JDK 17. `type` is Bf16 or F16.
-->
<#assign types = ["Bf16", "F16"] />

<#-- FloatVector `name`, from patterns in `array` at `at`. -->
<#macro widen name array at>
<#if type == "Bf16">
      FloatVector ${name} =
          ShortVector.fromArray(SHORTS, ${array}, ${at})
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
<#else>
<#-- Sign, exponent and fraction in place; 2^112 makes up for the bias, and normalizes subnormals. -->
      FloatVector ${name}Finite =
          ((IntVector) ShortVector.fromArray(SHORTS, ${array}, ${at}).convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(0x8fffe000)
              .reinterpretAsFloats()
              .mul(0x1p112f);
<#-- From 2^16 on it is infinity or NaN, and the exponent becomes the largest. -->
      IntVector ${name}Bits = ${name}Finite.reinterpretAsInts();
      IntVector ${name}Special =
          ${name}Bits.and(Integer.MAX_VALUE).neg().add(0x477fffff).lanewise(ASHR, 31);
      FloatVector ${name} = ${name}Bits.add(${name}Special.and(0x38000000)).reinterpretAsFloats();
</#if>
</#macro>

<#-- Patterns of the FloatVector `value`, into `array` at `at`; `name` is new. -->
<#macro narrow name value array at>
      IntVector ${name} = ${value}.reinterpretAsInts();
<#if type == "Bf16">
<#-- All ones for NaN, which is not rounded. -->
      IntVector ${name}Nan =
          ${name}.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector ${name}Rise =
          ${name}.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, ${name}Nan);
      ${name}.add(${name}Rise)
          .lanewise(LSHR, 16)
          .lanewise(OR, ${name}Nan.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(${array}, ${at});
<#else>
      IntVector ${name}Magnitude = ${name}.and(Integer.MAX_VALUE);
<#-- Rounded, the bias made up for; 2^16 and more is infinity. -->
      IntVector ${name}Normal =
          ${name}Magnitude.min(0x47800000)
              .add(${name}.lanewise(LSHR, 13).and(1))
              .add(0xfff - 0x38000000)
              .lanewise(ASHR, 13);
<#-- Up to 2^-14, adding 0.5 leaves the rounded multiple of 2^-24: the greater one is right. -->
      IntVector ${name}Small =
          ${name}Magnitude.min(0x38800000)
              .reinterpretAsFloats()
              .add(0.5f)
              .reinterpretAsInts()
              .sub(0x3f000000);
      IntVector ${name}Quiet =
          ${name}Magnitude.neg().add(F32_INFINITY).lanewise(LSHR, 22).and(0x200);
      ${name}Normal.max(${name}Small)
          .lanewise(OR, ${name}Quiet)
          .lanewise(OR, ${name}.lanewise(LSHR, 16).and(0x8000))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(${array}, ${at});
</#if>
</#macro>

<#-- What all of these classes import. -->
<#macro imports>
import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;
import static io.github.bn4j.backend.cpu.vector.Lanes.INTS;
import static io.github.bn4j.backend.cpu.vector.Lanes.SHORTS;
import static jdk.incubator.vector.VectorOperators.AND_NOT;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;

import io.github.bn4j.op.HalfPrecision;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
</#macro>
