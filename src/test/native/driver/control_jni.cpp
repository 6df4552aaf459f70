// How the tests steer the device: the native methods of io.github.bn4j.emulator.EmulatedDriver.
// Records travel as lines of fields separated by tabs, in the order of the Java records.
#include <jni.h>

#include <sstream>

#include "state.h"

using namespace driver;

#define CONTROL(type, name) \
  extern "C" JNIEXPORT type JNICALL Java_io_github_bn4j_emulator_EmulatedDriver_##name

namespace {

JavaVM* machineOfJava = nullptr;
jclass controlClass = nullptr;
jmethodID callSiteMethod = nullptr;

// Asks Java which line of the code under test is calling; empty on threads that are not Java's.
std::string callSite() {
  void* environment = nullptr;
  if (machineOfJava->GetEnv(&environment, JNI_VERSION_1_8) != JNI_OK) return "";
  auto* env = static_cast<JNIEnv*>(environment);
  auto site = static_cast<jstring>(env->CallStaticObjectMethod(controlClass, callSiteMethod));
  if (env->ExceptionCheck()) env->ExceptionClear();
  if (site == nullptr) return "";
  const char* characters = env->GetStringUTFChars(site, nullptr);
  std::string result = characters;
  env->ReleaseStringUTFChars(site, characters);
  env->DeleteLocalRef(site);
  return result;
}

jobjectArray toJava(JNIEnv* env, const std::vector<std::string>& lines) {
  jobjectArray array = env->NewObjectArray(static_cast<jsize>(lines.size()),
                                           env->FindClass("java/lang/String"), nullptr);
  for (std::size_t i = 0; array != nullptr && i < lines.size(); ++i) {
    jstring line = env->NewStringUTF(lines[i].c_str());
    env->SetObjectArrayElement(array, static_cast<jsize>(i), line);
    env->DeleteLocalRef(line);
  }
  return array;
}

template <class First, class... Rest>
std::string fields(const First& first, const Rest&... rest) {
  std::ostringstream line;
  line << first;
  ((line << '\t' << rest), ...);
  return line.str();
}

std::string dimensions(const machine::Dim3& value) {
  return fields(value.x, value.y, value.z);
}

std::vector<std::string> findingLines(const Driver& driver) {
  std::vector<std::string> lines;
  for (const machine::Finding& finding : driver.findings) {
    lines.push_back(fields(machine::name(finding.kind), finding.kernel, dimensions(finding.block),
                           dimensions(finding.thread), finding.ptxLine, finding.sourceFile,
                           finding.sourceLine, finding.count, finding.message));
  }
  for (const std::string& complaint : driver.complaints) {
    lines.push_back(fields("driver", "", dimensions({0, 0, 0}), dimensions({0, 0, 0}), 0, "", 0, 1,
                           complaint));
  }
  return lines;
}

std::string launchLine(const LaunchRecord& record) {
  const machine::Counters& c = record.counters;
  return fields(record.kernel, record.device, dimensions(record.launch.grid),
                dimensions(record.launch.block), record.launch.dynamicShared,
                record.launch.cooperative ? 1 : 0, record.status, c.warpInstructions,
                c.threadInstructions, c.requests, c.sectorsRead, c.sectorsWritten,
                c.uniqueSectorsRead, c.uniqueSectorsWritten, c.idealSectors, c.sharedRequests,
                c.sharedWavefronts, c.sharedWavefrontsIdeal, c.barriers, c.clusterBarriers,
                c.atomics, c.sharedAtomics, c.shuffles, c.divergentBranches, c.blocks, c.threads);
}

}  // namespace

CONTROL(void, configure)
(JNIEnv* env, jclass type, jint driverVersion, jintArray capabilities, jlongArray memoryBytes,
 jintArray multiprocessors) {
  Configuration next;
  next.driverVersion = driverVersion;
  next.devices.resize(env->GetArrayLength(capabilities));
  for (jsize i = 0; i < static_cast<jsize>(next.devices.size()); ++i) {
    jint capability = 0, processors = 0;
    jlong bytes = 0;
    env->GetIntArrayRegion(capabilities, i, 1, &capability);
    env->GetLongArrayRegion(memoryBytes, i, 1, &bytes);
    env->GetIntArrayRegion(multiprocessors, i, 1, &processors);
    next.devices[i] = {capability, static_cast<std::uint64_t>(bytes), processors};
  }
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  driver.configure(std::move(next));
  if (controlClass == nullptr) {
    env->GetJavaVM(&machineOfJava);
    controlClass = static_cast<jclass>(env->NewGlobalRef(type));
    callSiteMethod = env->GetStaticMethodID(type, "callSite", "()Ljava/lang/String;");
    driver.callSite = callSite;
  }
}

CONTROL(void, execution)
(JNIEnv*, jclass, jlong seed, jint ulpPerturbation, jboolean checks, jlong maxWarpInstructions) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  driver.execution = {static_cast<std::uint64_t>(seed), ulpPerturbation, checks != JNI_FALSE,
                      static_cast<std::uint64_t>(maxWarpInstructions)};
}

CONTROL(void, failNext)
(JNIEnv* env, jclass, jstring call, jlong nth, jlong times, jint code) {
  const char* prefix = env->GetStringUTFChars(call, nullptr);
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  driver.injections.add(prefix, nth, times, code);
  env->ReleaseStringUTFChars(call, prefix);
}

CONTROL(jlong, failuresLeft)(JNIEnv*, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  return static_cast<jlong>(driver.injections.unused());
}

// Forgets what a test left in the books; handles, contexts and memory stay.
CONTROL(void, clear)(JNIEnv*, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  driver.injections.clear();
  driver.findings.clear();
  driver.complaints.clear();
  driver.launches.clear();
  driver.execution = {};
  driver.lastMessage.clear();
}

CONTROL(jobjectArray, findingLines)(JNIEnv* env, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  return toJava(env, findingLines(driver));
}

CONTROL(void, clearFindings)(JNIEnv*, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  driver.findings.clear();
  driver.complaints.clear();
}

CONTROL(jobjectArray, launchLines)(JNIEnv* env, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  std::vector<std::string> lines;
  for (const LaunchRecord& record : driver.launches) lines.push_back(launchLine(record));
  return toJava(env, lines);
}

CONTROL(void, clearLaunches)(JNIEnv*, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  driver.launches.clear();
}

// Device memory that callers have not freed; globals of modules are not theirs.
CONTROL(jobjectArray, allocationLines)(JNIEnv* env, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  std::vector<std::string> lines;
  for (auto& [handle, object] : driver.objects) {
    auto* context = dynamic_cast<Context*>(object.get());
    if (context == nullptr) continue;
    for (auto address : context->allocations) {
      const auto* allocation = context->device->memory->find(address, 1);
      if (allocation == nullptr) continue;
      lines.push_back(fields(context->device->ordinal, address, allocation->size, allocation->site));
    }
  }
  return toJava(env, lines);
}

CONTROL(jstring, lastMessage)(JNIEnv* env, jclass) {
  Driver& driver = theDriver();
  std::lock_guard<std::mutex> lock(driver.mutex);
  return env->NewStringUTF(driver.lastMessage.c_str());
}
