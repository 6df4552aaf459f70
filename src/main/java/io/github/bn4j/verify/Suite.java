package io.github.bn4j.verify;

import io.github.bn4j.op.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How much is verified. */
public enum Suite {
  /** Every mode, type, layout, fused form and kind of hostile values, on small shapes; seconds. */
  QUICK,
  /** QUICK on more shapes, and on some of a million elements. */
  FULL;

  /** The cases, each once, in a fixed order. */
  public List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.addAll(Cases.plain(Cases.smallShapes()));
    cases.addAll(Cases.hard());
    cases.addAll(Cases.fused());
    cases.addAll(Cases.affine());
    cases.addAll(Cases.inPlace());
    cases.addAll(Cases.running());
    if (this == FULL) {
      cases.addAll(Cases.plain(Cases.moreShapes()));
      cases.addAll(Cases.large(List.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16)));
    } else {
      cases.addAll(Cases.large(List.of(DataType.F32)));
    }
    return cases.stream().distinct().toList();
  }

  /** The name on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
