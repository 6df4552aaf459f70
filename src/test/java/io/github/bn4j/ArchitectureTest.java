package io.github.bn4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of the design: data flows one way, nothing imports upward. */
@AnalyzeClasses(packages = "io.github.bn4j", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String ROOT = "io.github.bn4j.";

  @ArchTest
  static final ArchRule op_importsNothingOfOurs =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "op")
          .should()
          .dependOnClassesThat(
              com.tngtech.archunit.base.DescribedPredicate.describe(
                  "live elsewhere in bn4j",
                  c ->
                      c.getPackageName().startsWith(ROOT)
                          && !c.getPackageName().equals(ROOT + "op")));

  @ArchTest
  static final ArchRule spi_knowsNoImplementation =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "backend")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + "backend.*..",
              ROOT + "cuda..",
              ROOT + "api..",
              ROOT + "io..",
              ROOT + "verify..",
              ROOT + "bench..",
              ROOT + "cli..",
              ROOT + "train..");

  @ArchTest
  static final ArchRule backends_doNotLookUp =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "backend.*..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + "api..",
              ROOT + "io..",
              ROOT + "verify..",
              ROOT + "bench..",
              ROOT + "cli..",
              ROOT + "train..");

  @ArchTest
  static final ArchRule judge_standsAlone =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "backend.reference..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + "backend.cpu..",
              ROOT + "backend.ptx..",
              ROOT + "backend.cudnn..",
              ROOT + "cuda..");

  @ArchTest
  static final ArchRule library_doesNotKnowItsTools =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "api..", ROOT + "io..", ROOT + "cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + "verify..", ROOT + "bench..", ROOT + "cli..", ROOT + "train..");

  @ArchTest
  static final ArchRule files_doNotKnowBackends =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "io..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + "backend..", ROOT + "api..");

  @ArchTest
  static final ArchRule jcudaDriver_isImportedByCudaOnly =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jcuda.driver..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule jcudnn_isImportedByCudnnOnly =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "backend.cudnn..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jcuda.jcudnn..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule library_needsNoToolLibraries =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "cli..", ROOT + "bench..", ROOT + "train..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "picocli..", "me.tongfei..", "ch.qos.logback..", "com.google.gson..", "org.knowm..");

  @ArchTest
  static final ArchRule library_neverPrints =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "cli..")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");
}
