package io.github.bn4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of the design: data flows one way, nothing imports upward. */
final class ArchitectureTest {
  private static final String ROOT = "io.github.bn4j.";

  private static final DescribedPredicate<JavaClass> OURS_OUTSIDE_OP =
      DescribedPredicate.describe(
          "are bn4j's, outside op",
          c -> c.getPackageName().startsWith(ROOT) && !c.getPackageName().equals(ROOT + "op"));

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.github.bn4j");
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(classes);
  }

  @Test
  void op_importsNothingOfOurs() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "op")
            .should()
            .dependOnClassesThat(OURS_OUTSIDE_OP));
  }

  @Test
  void spi_knowsNoImplementation() {
    check(
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
                ROOT + "train.."));
  }

  @Test
  void backends_doNotLookUp() {
    check(
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
                ROOT + "train.."));
  }

  @Test
  void judge_standsAlone() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "backend.reference..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                ROOT + "backend.cpu..",
                ROOT + "backend.ptx..",
                ROOT + "backend.cudnn..",
                ROOT + "cuda.."));
  }

  @Test
  void library_doesNotKnowItsTools() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(ROOT + "api..", ROOT + "io..", ROOT + "cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                ROOT + "verify..",
                ROOT + "bench..",
                ROOT + "chart..",
                ROOT + "cli..",
                ROOT + "train.."));
  }

  @Test
  void workload_isKnownToTheCommandLineOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + "train..", ROOT + "cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "train.."));
  }

  @Test
  void networks_knowNoEngine() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                ROOT + "train.engine..", ROOT + "train.network..", ROOT + "train.data..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + "train", ROOT + "train.cpu..", ROOT + "train.gpu.."));
  }

  @Test
  void files_doNotKnowBackends() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "io..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + "backend..", ROOT + "api.."));
  }

  @Test
  void jcudaDriver_isImportedByCudaOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jcuda.driver.."));
  }

  /**
   * The library's own use of cuDNN is backend.cudnn's. The workload's GPU engine needs
   * convolutions, which are no business of a batch-norm backend; it takes the loaded library, its
   * handle and the check of its status from there.
   */
  @Test
  void jcudnn_isImportedByCudnnAndTheWorkloadsEngineOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + "backend.cudnn..", ROOT + "train.cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jcuda.jcudnn.."));
  }

  @Test
  void library_needsNoToolLibraries() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + "cli..", ROOT + "bench..", ROOT + "train..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "picocli..",
                "me.tongfei..",
                "ch.qos.logback..",
                "com.google.gson..",
                "dev.ludovic.."));
  }

  @Test
  void drawing_isDoneByChartOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "chart..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.knowm..", "java.awt..", "javax.imageio.."));
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "chart..")
            .should()
            .dependOnClassesThat(
                DescribedPredicate.describe(
                    "are bn4j's, outside chart and io",
                    c ->
                        c.getPackageName().startsWith(ROOT)
                            && !c.getPackageName().equals(ROOT + "chart")
                            && !c.getPackageName().equals(ROOT + "io"))));
  }

  @Test
  void library_neverPrints() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + "cli..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err"));
  }
}
