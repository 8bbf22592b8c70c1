# dosvc_layer(name [SOURCES file...] [PURE file...] [USES lower-layer...] [LIBRARIES library...] [IDL])
#
# One layer = one folder = one include root: the layer sees its own headers, those of the layers it USES and include/,
# and nothing else, so that an include against the direction of the layers does not compile.
#
#   SOURCES    files for Windows only
#   PURE       files without windows.h: compiled for Windows, and natively by the native-pure preset as well
#   LIBRARIES  further libraries that whatever links this layer needs (SQLite::SQLite3)
#   IDL        the layer includes widl's deliveryoptimization.h
#
# Gives the OBJECT library dosvc_<name>, of which Dosvc.dll is made, and the same objects as the archive
# dosvc_<name>_archive for test programs: from an archive the linker takes only what a test needs, so a fake may stand
# in for a module by defining its functions.
#
# The folders are passed as -iquote, not -I: rpcproxy.h includes <memory.h>, which must stay the system's.
function(dosvc_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "IDL" "" "SOURCES;PURE;USES;LIBRARIES")
  if(layer_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "dosvc_layer(${name}): unexpected ${layer_UNPARSED_ARGUMENTS}")
  endif()
  set(sources ${layer_PURE})
  if(WIN32)
    list(APPEND sources ${layer_SOURCES})
  endif()

  add_library(dosvc_${name}_includes INTERFACE)
  target_compile_options(dosvc_${name}_includes INTERFACE "SHELL:-iquote ${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(lower IN LISTS layer_USES)
    target_link_libraries(dosvc_${name}_includes INTERFACE dosvc_${lower}_includes)
  endforeach()
  if(layer_IDL AND WIN32)
    target_link_libraries(dosvc_${name}_includes INTERFACE dosvc_idl)
  endif()

  # SQLite and its like are there for Windows only.
  if(NOT WIN32)
    set(layer_LIBRARIES)
  endif()

  set(archives dosvc_${name}_archive)
  if(sources)
    add_library(dosvc_${name} OBJECT ${sources})
    target_link_libraries(dosvc_${name} PRIVATE dosvc_flags dosvc_${name}_includes ${layer_LIBRARIES})
    target_include_directories(dosvc_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    add_library(dosvc_${name}_archive STATIC $<TARGET_OBJECTS:dosvc_${name}>)
    set_target_properties(dosvc_${name}_archive PROPERTIES LINKER_LANGUAGE C)
  else()
    # Nothing of this layer is compiled natively, but what USES it may name it all the same.
    add_library(dosvc_${name}_archive INTERFACE)
    set(archives)
  endif()
  target_link_libraries(dosvc_${name}_archive INTERFACE dosvc_${name}_includes ${layer_LIBRARIES})
  if(layer_IDL AND WIN32)
    target_link_libraries(dosvc_${name}_archive INTERFACE dosvc_client)
  endif()

  # For dosvc_test: this archive and those of all layers below.
  foreach(lower IN LISTS layer_USES)
    get_property(below GLOBAL PROPERTY DOSVC_ARCHIVES_${lower})
    list(APPEND archives ${below})
  endforeach()
  list(REMOVE_DUPLICATES archives)
  set_property(GLOBAL PROPERTY DOSVC_ARCHIVES_${name} ${archives})
endfunction()
