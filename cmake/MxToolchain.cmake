# Language level, build type, compiler cache, linker and sanitizers: what every target shares.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
endif()

find_program(MX_CCACHE ccache)
if(MX_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The base directory makes a second checkout of the same sources hit the cache of the first.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${MX_CCACHE})
endif()
# lld links LLVM's archives in a second; unused sections of theirs, most of them, are dropped.
find_program(MX_LLD NAMES ld.lld PATHS /usr/lib/llvm-19/bin NO_DEFAULT_PATH)
if(MX_LLD)
  get_filename_component(_lld_folder ${MX_LLD} DIRECTORY)
  # g++ takes no path in -fuse-ld; it looks for ld.lld where -B says.
  add_link_options(-B${_lld_folder} -fuse-ld=lld)
endif()
# The cache of compiled kernels asks which build of the compiler made them.
add_link_options(-Wl,--gc-sections -Wl,--as-needed -Wl,--build-id=sha1)

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(MX_SANITIZE STREQUAL "asan")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr,function -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
elseif(MX_SANITIZE STREQUAL "tsan")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=thread)
elseif(MX_SANITIZE)
  message(FATAL_ERROR "MX_SANITIZE is '${MX_SANITIZE}'; it takes asan, tsan or nothing")
endif()
find_package(Threads REQUIRED)
