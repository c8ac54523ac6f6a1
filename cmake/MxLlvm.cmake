# LLVM and MLIR 19, linked statically. Debian's MLIR targets name `LLVM` (libLLVM.so) in their link
# interface; every such mention is replaced by component archives, for two LLVMs in one process is undefined.
find_package(MLIR 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/mlir)
message(STATUS "MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")
set(MX_LLVM_TOOLS ${LLVM_TOOLS_BINARY_DIR})
separate_arguments(MX_LLVM_DEFINITIONS UNIX_COMMAND "${LLVM_DEFINITIONS}")

llvm_map_components_to_libnames(MX_LLVM_LIBS core support irreader passes orcjit X86 target targetparser
  mc object symbolize debuginfodwarf)
foreach(library ${MX_LLVM_LIBS})
  if(NOT TARGET ${library})
    message(FATAL_ERROR "LLVM ${LLVM_PACKAGE_VERSION} in ${LLVM_DIR} has no static library ${library}")
  endif()
endforeach()
get_property(_mlir_all DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} PROPERTY IMPORTED_TARGETS)
foreach(t ${_mlir_all})
  get_target_property(libs ${t} INTERFACE_LINK_LIBRARIES)
  if(libs AND "LLVM" IN_LIST libs)
    list(REMOVE_ITEM libs LLVM)
    list(APPEND libs ${MX_LLVM_LIBS})
    set_target_properties(${t} PROPERTIES INTERFACE_LINK_LIBRARIES "${libs}")
  endif()
endforeach()

# Headers and definitions every MLIR-using target needs.
add_library(mx_mlir_headers INTERFACE)
target_include_directories(mx_mlir_headers SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_definitions(mx_mlir_headers INTERFACE ${MX_LLVM_DEFINITIONS})
