package io.github.bn4j.cuda;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says in words why native code could not be loaded. JCuda unpacks its natives into {@code
 * java.io.tmpdir} and, if that fails, throws one error whose text holds the traces of all attempts;
 * what went wrong has to be read out of that text.
 */
final class LoadFailure {
  private static final Pattern MISSING =
      Pattern.compile("(lib\\S+?|nvcuda\\S*): cannot open shared object file");

  /** Unpacked, but not loadable: a line such as "/tmp/libJ....so: failed to map segment ...". */
  private static final Pattern UNPACKED =
      Pattern.compile("UnsatisfiedLinkError: (\\S+libJ\\S+\\.so): ([^\\n]+)");

  private LoadFailure() {}

  /**
   * The reason and the remedy.
   *
   * @param text the error with all its traces
   */
  static String explain(String text) {
    Matcher missing = MISSING.matcher(text);
    if (missing.find()) {
      return missing.group(1).startsWith("libcuda.")
          ? "libcuda.so.1, the library of the NVIDIA driver, was not found; install the driver"
              + " (the CUDA toolkit is not needed), or in a container use --gpus all"
          : missing.group(1) + " was not found; install it or add its folder to LD_LIBRARY_PATH";
    }
    String tmp = "java.io.tmpdir = " + System.getProperty("java.io.tmpdir");
    String remedy =
        "; start Java with -Djava.io.tmpdir=<a folder that can be written to and executed from>";
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.contains("failed to map segment") || lower.contains("operation not permitted")) {
      return "the folder into which JCuda unpacks its natives is mounted noexec ("
          + tmp
          + ")"
          + remedy;
    }
    if (lower.contains("permission denied")
        || lower.contains("read-only file system")
        || lower.contains("no space left")
        || lower.contains("filenotfoundexception")) {
      return "JCuda cannot unpack its natives (" + tmp + " cannot be written to)" + remedy;
    }
    Matcher unpacked = UNPACKED.matcher(text);
    if (unpacked.find()) {
      return "JCuda's natives in "
          + unpacked.group(1)
          + " cannot be loaded ("
          + unpacked.group(2).strip()
          + "); if the file is an old or damaged copy, delete it";
    }
    if (lower.contains("no resource found")) {
      return "JCuda has no natives for "
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.arch")
          + " on the class path (there are some for Linux and Windows on x86_64); use a CPU backend";
    }
    return "JCuda's natives cannot be loaded: "
        + text.lines().findFirst().orElse("no reason given");
  }
}
