# The shared library mx::mx and its installation: one file that carries the frontend, the compiler and LLVM inside.
# find_package(mx CONFIG) and add_subdirectory both give mx::mx, `pkg-config mx` the flags of other build systems; the
# public headers need nothing else.
if(NOT TARGET mx_frontend OR NOT TARGET mx_compile)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Nothing inside calls the public functions: their objects are taken whole, not from archives.
add_library(mx SHARED $<TARGET_OBJECTS:mx_frontend> $<TARGET_OBJECTS:mx_compile>)
add_library(mx::mx ALIAS mx)
set_target_properties(mx PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/mx.map INSTALL_RPATH "")
target_link_libraries(mx PRIVATE mx_aot mx_op_table mx_runtime)
target_link_options(mx PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/mx.map
  -Wl,--exclude-libs=libmx_ir.a:libmx_op_table.a
  # A sanitizer's own symbols come from the executable.
  $<$<STREQUAL:${MX_SANITIZE},>:-Wl,-z,defs>)
target_compile_features(mx INTERFACE cxx_std_20)
target_include_directories(mx INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/frontend/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# gdb loads the printer of mx::array with the library it is named after.
file(GENERATE OUTPUT $<TARGET_FILE:mx>-gdb.py INPUT ${PROJECT_SOURCE_DIR}/scripts/gdb-printer.py)

if(NOT MX_INSTALL)
  return()
endif()
set(MX_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mx)
install(TARGETS mx EXPORT mxTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mx
  NAMELINK_COMPONENT mx)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/gdb-printer.py RENAME $<TARGET_FILE_NAME:mx>-gdb.py
  DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mx)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/frontend/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT mx
  FILES_MATCHING PATTERN *.h PATTERN kernel_abi.h EXCLUDE)
# A link in the tree.
install(FILES ${PROJECT_SOURCE_DIR}/runtime/KernelAbi.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mx RENAME kernel_abi.h COMPONENT mx)
install(EXPORT mxTargets NAMESPACE mx:: DESTINATION ${MX_CONFIG_DIR} COMPONENT mx)
configure_file(${CMAKE_CURRENT_LIST_DIR}/mxConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/mxConfig.cmake COPYONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mxConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/mxConfigVersion.cmake
  DESTINATION ${MX_CONFIG_DIR} COMPONENT mx)
# `pkg-config library`, of the component of that name. Prefixes are found from where the file is, so that a moved installation
# works.
file(RELATIVE_PATH MX_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
function(mx_pkg_config MX_PC_LIBRARY MX_PC_DESCRIPTION)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mx.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${MX_PC_LIBRARY}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${MX_PC_LIBRARY}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT ${MX_PC_LIBRARY})
endfunction()
mx_pkg_config(mx "Array framework whose engine is a compiler; C++20")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mx COMPONENT mx)

# mx::runtime and mx-run, for machines without the compiler: find_package(mx_runtime), and find_package(mx) where both are.
mx_pkg_config(mx_runtime "Runs programs that mx compiled ahead of time; C++20")
set(MX_RUNTIME_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mx_runtime)
install(TARGETS mx_runtime_shared EXPORT mx_runtimeTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mx_runtime
  NAMELINK_COMPONENT mx_runtime)
foreach(header config device dtype error half_types launch runtime small_vector)
  install(FILES ${PROJECT_SOURCE_DIR}/frontend/include/mx/${header}.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mx COMPONENT mx_runtime)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/runtime/KernelAbi.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mx RENAME kernel_abi.h COMPONENT mx_runtime)
install(EXPORT mx_runtimeTargets NAMESPACE mx:: DESTINATION ${MX_RUNTIME_CONFIG_DIR} COMPONENT mx_runtime)
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/mx_runtimeConfig.cmake
  CONTENT "include(\${CMAKE_CURRENT_LIST_DIR}/mx_runtimeTargets.cmake)\n")
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mx_runtimeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mx_runtimeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/mx_runtimeConfigVersion.cmake
  DESTINATION ${MX_RUNTIME_CONFIG_DIR} COMPONENT mx_runtime)
