package io.github.bn4j.train.cuda;

import static io.github.bn4j.backend.cudnn.CudnnStatus.check;

import java.util.ArrayList;
import java.util.List;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;

/**
 * One of cuDNN's ways to compute a convolution or a gradient of it: the one that its heuristics
 * expect to be fastest among those that are deterministic, use no tensor cores (which would round
 * the input to TF32), and want no more workspace than {@link TrainTuning} allows.
 *
 * @param number cuDNN's number of the algorithm
 * @param workspaceBytes what it wants
 */
@SuppressWarnings("deprecation")
record Algorithm(int number, long workspaceBytes) {
  /** More than cuDNN has of any kind. */
  private static final int MOST = 16;

  /** The description of a convolution. */
  record Problem(
      cudnnTensorDescriptor x,
      cudnnFilterDescriptor weight,
      cudnnConvolutionDescriptor how,
      cudnnTensorDescriptor y) {}

  /** What cuDNN says about an algorithm, whatever it is for. */
  private record Candidate(int number, int status, long bytes, int determinism, int mathType) {
    boolean isAllowed() {
      return status == 0
          && determinism == cudnnDeterminism.CUDNN_DETERMINISTIC
          && (mathType == cudnnMathType.CUDNN_DEFAULT_MATH
              || mathType == cudnnMathType.CUDNN_FMA_MATH)
          && bytes <= TrainTuning.MOST_WORKSPACE_BYTES;
    }
  }

  static Algorithm forward(cudnnHandle handle, Problem p) {
    cudnnConvolutionFwdAlgoPerf[] found = new cudnnConvolutionFwdAlgoPerf[MOST];
    int[] count = new int[1];
    check(
        "cudnnGetConvolutionForwardAlgorithm_v7",
        JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
            handle, p.x, p.weight, p.how, p.y, MOST, count, found));
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      cudnnConvolutionFwdAlgoPerf f = found[i];
      candidates.add(new Candidate(f.algo, f.status, f.memory, f.determinism, f.mathType));
    }
    return first("forward", candidates);
  }

  static Algorithm backwardData(cudnnHandle handle, Problem p) {
    cudnnConvolutionBwdDataAlgoPerf[] found = new cudnnConvolutionBwdDataAlgoPerf[MOST];
    int[] count = new int[1];
    check(
        "cudnnGetConvolutionBackwardDataAlgorithm_v7",
        JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
            handle, p.weight, p.y, p.how, p.x, MOST, count, found));
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      cudnnConvolutionBwdDataAlgoPerf f = found[i];
      candidates.add(new Candidate(f.algo, f.status, f.memory, f.determinism, f.mathType));
    }
    return first("backward data", candidates);
  }

  static Algorithm backwardFilter(cudnnHandle handle, Problem p) {
    cudnnConvolutionBwdFilterAlgoPerf[] found = new cudnnConvolutionBwdFilterAlgoPerf[MOST];
    int[] count = new int[1];
    check(
        "cudnnGetConvolutionBackwardFilterAlgorithm_v7",
        JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
            handle, p.x, p.y, p.how, p.weight, MOST, count, found));
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      cudnnConvolutionBwdFilterAlgoPerf f = found[i];
      candidates.add(new Candidate(f.algo, f.status, f.memory, f.determinism, f.mathType));
    }
    return first("backward filter", candidates);
  }

  private static Algorithm first(String pass, List<Candidate> candidates) {
    return candidates.stream()
        .filter(Candidate::isAllowed)
        .findFirst()
        .map(one -> new Algorithm(one.number, one.bytes))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "convolution "
                        + pass
                        + ": expected a deterministic algorithm of cuDNN's without tensor cores,"
                        + " got "
                        + candidates
                        + "; report the shape and the version of cuDNN, and use the cpu engine"));
  }
}
