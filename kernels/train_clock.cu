// clock += 1. Grid: one thread.
#include "train_arguments.cuh"

extern "C" __global__ void train_clock(const ClockArguments a) { *a.clock += 1; }
