# Builds and tests bn4j without a GPU: the tests of the GPU path run on the emulated device.
#   docker build -f docker/build.Dockerfile -t bn4j-build .
# The tests are run by the build, so that an image exists only of what passes them.
FROM maven:3.9.9-eclipse-temurin-17@sha256:f58d59b6273e785ac0a4477f6e9b5ba1d7731c75b906c0f7b34076f1851318cc

# g++ and make build the emulated device; git names the version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 bn4j

USER bn4j
WORKDIR /home/bn4j/src
# Dependencies first: they change seldom, and stay in the layer.
COPY --chown=bn4j:bn4j pom.xml ./
RUN mvn -B -q -Dmaven.repo.local=/home/bn4j/.m2/repository dependency:go-offline
COPY --chown=bn4j:bn4j . .
# CI=true makes a missing emulated device an error instead of a skip.
RUN CI=true mvn -B -Dmaven.repo.local=/home/bn4j/.m2/repository verify \
    && MAVEN_OPTS=-Dmaven.repo.local=/home/bn4j/.m2/repository scripts/gpu-bundle

ENTRYPOINT ["scripts/bn4j"]
CMD ["info"]
