package io.github.bn4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What somebody who depends on the library gets with it. */
final class LibraryDependenciesTest {
  @Test
  void library_bringsOnlyTheseAlong() throws Exception {
    List<String> brought = new ArrayList<>();
    for (Element dependency : dependencies()) {
      boolean passedOn = !text(dependency, "scope").equals("test");
      if (passedOn && !text(dependency, "optional").equals("true")) {
        String classifier = text(dependency, "classifier");
        brought.add(
            text(dependency, "artifactId") + (classifier.isEmpty() ? "" : ":" + classifier));
      }
    }

    assertThat(brought)
        .containsExactlyInAnyOrder(
            "slf4j-api",
            "jspecify",
            "jcuda",
            "jcudnn",
            "jcuda-natives:linux-x86_64",
            "jcuda-natives:windows-x86_64",
            "jcudnn-natives:linux-x86_64",
            "jcudnn-natives:windows-x86_64");
  }

  @Test
  void jcuda_bringsNoNativesOfOtherHostsAlong() throws Exception {
    for (Element dependency : dependencies()) {
      String artifact = text(dependency, "artifactId");
      if (artifact.equals("jcuda") || artifact.equals("jcudnn")) {
        Element exclusion = (Element) dependency.getElementsByTagName("exclusion").item(0);
        assertThat(exclusion).as("exclusion of %s", artifact).isNotNull();
        assertThat(text(exclusion, "groupId") + text(exclusion, "artifactId")).isEqualTo("**");
      }
    }
  }

  /** Those of the project itself, not of a profile or a plugin. */
  private static List<Element> dependencies() throws Exception {
    Element project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile())
            .getDocumentElement();
    List<Element> found = new ArrayList<>();
    for (Element list : children(project, "dependencies")) {
      found.addAll(children(list, "dependency"));
    }
    assertThat(found).isNotEmpty();
    return found;
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    NodeList nodes = parent.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element element && element.getTagName().equals(name)) {
        found.add(element);
      }
    }
    return found;
  }

  private static String text(Element parent, String name) {
    List<Element> found = children(parent, name);
    return found.isEmpty() ? "" : found.get(0).getTextContent().strip();
  }
}
