# How a test suite is declared. One ctest entry per suite, not per case: starting a process for each of thousands
# of cases costs more than the cases; scripts/count-tests.py counts the cases from the suites' result files.
find_package(GTest REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(MX_TEST_RESULTS ${PROJECT_BINARY_DIR}/test-results)

# LLVM's archives are not instrumented: containers that cross the border look overflown, arenas poisoned on one side
# stay so on the other, and locks taken inside LLVM are unknown to TSan (the suppressions name those frames).
# Every shader that a test makes goes through spirv-val. Tests are of the compiler, not of what an earlier run cached.
set(MX_TEST_ENVIRONMENT
  "MX_VALIDATE=1"
  "MX_CACHE_DIR=off"
  "ASAN_OPTIONS=detect_container_overflow=0:detect_odr_violation=0:strict_string_checks=1:allow_user_poisoning=0:allocator_may_return_null=1"
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0"
  "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1"
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp:halt_on_error=1:allocator_may_return_null=1:die_after_fork=0")

# mx_test(<suite> SOURCES ... LINK ... [TIMEOUT seconds]): GoogleTests of one folder as build/bin/test-<suite>.
function(mx_test suite)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_executable(test-${suite} ${ARG_SOURCES})
  target_include_directories(test-${suite} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(test-${suite} PRIVATE ${ARG_LINK} GTest::gtest_main)
  add_test(NAME ${suite}
    COMMAND test-${suite} --gtest_brief=1 --gtest_output=json:${MX_TEST_RESULTS}/${suite}.json
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
  set_tests_properties(${suite} PROPERTIES TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${MX_TEST_ENVIRONMENT}")
endfunction()

# mx_validated_tests(<suite> [filter [checks...]]): the suite, or the tests that match, again under Vulkan's validation layers, once for each kind of check; what they
# complain about fails the call (MX_VALIDATE).
function(mx_validated_tests suite)
  if(ARGC GREATER 1)
    set(filter --gtest_filter=${ARGV1})
  endif()
  set(kinds core sync best gpu)
  if(ARGC GREATER 2)
    set(kinds ${ARGV})
    list(REMOVE_AT kinds 0 1)
  endif()
  foreach(checks ${kinds})
    add_test(NAME ${suite}-validate-${checks}
      COMMAND test-${suite} --gtest_brief=1 --gtest_output=json:${MX_TEST_RESULTS}/${suite}-validate-${checks}.json ${filter}
      WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
    set_tests_properties(${suite}-validate-${checks} PROPERTIES TIMEOUT 900 LABELS validate
      ENVIRONMENT "${MX_TEST_ENVIRONMENT};MX_VALIDATE=${checks}")
  endforeach()
endfunction()

# mx_python_test(<suite> <script> arguments...): a script of the standard library's unittest, or one that exits nonzero.
function(mx_python_test suite script)
  add_test(NAME ${suite} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARGN}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${suite} PROPERTIES TIMEOUT 900 ENVIRONMENT "${MX_TEST_ENVIRONMENT}")
endfunction()
