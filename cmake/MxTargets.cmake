# Helpers that declare targets: one static library per layer, includes from the repository root.

# Where generated sources go. Below the top of the build tree even when mx is a subproject, so that the compiler cache
# sees the same relative paths in both (tests/package builds mx as a subproject and would otherwise compile it twice).
set(MX_GENERATED_DIR ${CMAKE_BINARY_DIR}/mx-generated)

function(mx_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${MX_GENERATED_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC mx_mlir_headers)
  endif()
endfunction()

# mx_plugin(<name> <sources...>): passes as a shared library that mx-opt and mxc load. It links nothing: the tool that loads
# it has MLIR and the mx dialect.
function(mx_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${MX_GENERATED_DIR})
  target_link_libraries(${name} PRIVATE mx_mlir_headers)
  add_dependencies(${name} mx_ir_gen)
endfunction()

# mx_tblgen(<out> <td> <mlir-tblgen arguments...>): runs mlir-tblgen; the result lands beside its source's folder.
function(mx_tblgen out td)
  file(RELATIVE_PATH dir ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(result ${MX_GENERATED_DIR}/${dir}/${out})
  get_filename_component(result_dir ${result} DIRECTORY)
  file(MAKE_DIRECTORY ${result_dir})
  file(GLOB_RECURSE deps CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/ir/*.td)
  add_custom_command(OUTPUT ${result}
    COMMAND ${MX_LLVM_TOOLS}/mlir-tblgen ${ARGN} -I ${MLIR_INCLUDE_DIRS} -I ${PROJECT_SOURCE_DIR}
            ${CMAKE_CURRENT_SOURCE_DIR}/${td} -o ${result}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${td} ${deps} VERBATIM)
  set(MX_GENERATED ${MX_GENERATED} ${result} PARENT_SCOPE)
endfunction()
