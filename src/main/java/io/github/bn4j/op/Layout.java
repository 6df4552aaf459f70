package io.github.bn4j.op;

/** Where the channel axis lies in memory; tensors are contiguous in this order. */
public enum Layout {
  /** N, C, spatial...: NC, NCL, NCHW, NCDHW. */
  CHANNEL_SECOND("nchw"),
  /** N, spatial..., C: NC, NLC, NHWC, NDHWC. */
  CHANNEL_LAST("nhwc");

  private final String label;

  Layout(String label) {
    this.label = label;
  }

  /**
   * The name used on the command line and in reports, for every rank: {@code nchw} or {@code nhwc}.
   */
  public String label() {
    return label;
  }
}
