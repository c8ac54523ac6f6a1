# The lit suite of mx. Tests name tools bare (mx-opt, mxc, mx-reduce, FileCheck, not, split-file, spirv-val); the PATH of a test
# puts this build and the LLVM it was built with first, so that no other version is taken by mistake.
import os

import lit.formats

config.name = "mx"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.mx_binary_dir, "lit")

config.environment["PATH"] = os.pathsep.join(
    [config.mx_tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "/usr/bin:/bin")]
)
# Sanitizer options reach the tools. MX_* settings of the user's do not: a test sets what it needs.
for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
# Shared libraries with passes.
config.substitutions.append(("%plugins", config.mx_plugins_dir))
# FileCheck tells what was expected and what was there, not only that they differ.
config.environment["FILECHECK_OPTS"] = "--dump-input-filter=annotation-full -dump-input-context=10"

if config.mx_sanitize:
    config.available_features.add(config.mx_sanitize)
# The machine's vector units, for tests that pin code: REQUIRES: avx512. Others name a --target instead.
with open("/proc/cpuinfo") as cpuinfo:
    flags = next((line.split(":")[1].split() for line in cpuinfo if line.startswith("flags")), [])
for feature, flag in (("avx2", "avx2"), ("avx512", "avx512vl"), ("avx512bf16", "avx512_bf16"), ("amx", "amx_bf16")):
    if flag in flags:
        config.available_features.add(feature)
