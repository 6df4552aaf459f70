# The command line and gpu-check on CUDA and cuDNN; runs with --gpus all.
#   docker build -f docker/build.Dockerfile -t bn4j-build .
#   docker build -f docker/gpu.Dockerfile -t bn4j-gpu .
#   docker run --rm --gpus all bn4j-gpu verify --backend ptx,cudnn
ARG BUILD_IMAGE=bn4j-build
# hadolint ignore=DL3006
FROM ${BUILD_IMAGE} AS build

FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04@sha256:8aef630a54bc5c5146ae5ce68e6af5caa3df0fb690bb91544175c91f307e4356

# compute-sanitizer, for gpu-check. The package's name holds its version of CUDA.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends cuda-sanitizer-12-6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 bn4j \
    && install -d -o bn4j -g bn4j /report /home/bn4j/.nv

COPY --from=build /home/bn4j/src/target/gpu-bundle /opt/bn4j
ENV PATH=/opt/bn4j:/usr/local/cuda/bin:${PATH}
USER bn4j
WORKDIR /home/bn4j

# `info` succeeds on every machine; what makes the container healthy is a device that it can use.
HEALTHCHECK --interval=5m --timeout=30s --start-period=10s \
    CMD bn4j info --json | tr -d ' \n' | grep -q '"name":"ptx","available":true'

ENTRYPOINT ["bn4j"]
CMD ["info"]
