# dosvc_test_library(name [SOURCES file...] [PURE file...] [LINKS layer...] [IDL])
#
# Helpers or fakes that test programs share, as an archive: a program gets only the members that it calls.
function(dosvc_test_library name)
  cmake_parse_arguments(PARSE_ARGV 1 lib "IDL" "" "SOURCES;PURE;LINKS")
  set(sources ${lib_PURE})
  if(WIN32)
    list(APPEND sources ${lib_SOURCES})
  endif()
  if(NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PRIVATE dosvc_flags cmocka::cmocka)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_compile_options(${name} PUBLIC "SHELL:-iquote ${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(layer IN LISTS lib_LINKS)
    target_link_libraries(${name} PUBLIC dosvc_${layer}_includes)
  endforeach()
  if(lib_IDL AND WIN32)
    target_link_libraries(${name} PUBLIC dosvc_idl)
  endif()
  set_property(GLOBAL APPEND PROPERTY DOSVC_TEST_LIBRARIES ${name})
endfunction()

# dosvc_test(name unit|com|e2e SOURCES file... [LINKS layer|library...] [PURE] [IDL])
#
#   unit   one module, by itself
#   com    assembled: all layers linked in, fakes in the composition root
#   e2e    registered: a client of the shipped Dosvc.dll
#   LINKS  the highest layers that the program uses (those below come with them), or any other library
#   PURE   compiled and run natively as well, under ASan and UBSan
#   IDL    includes deliveryoptimization.h
#
# Each program is also a line "kind path" of tests.list, which ./run test reads. Test libraries need not be named.
function(dosvc_test name kind)
  cmake_parse_arguments(PARSE_ARGV 2 test "PURE;IDL" "" "SOURCES;LINKS")
  if(test_UNPARSED_ARGUMENTS OR NOT kind MATCHES "^(unit|com|e2e)$")
    message(FATAL_ERROR "dosvc_test(${name} ${kind}): unexpected ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT WIN32 AND NOT test_PURE)
    return()
  endif()

  add_executable(${name}_test ${test_SOURCES})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/include)
  set(archives)
  foreach(link IN LISTS test_LINKS)
    if(TARGET dosvc_${link}_archive)
      target_link_libraries(${name}_test PRIVATE dosvc_${link}_archive)
      list(APPEND archives dosvc_${link}_archive)
    else()
      target_link_libraries(${name}_test PRIVATE ${link})
    endif()
  endforeach()
  if(test_IDL)
    target_link_libraries(${name}_test PRIVATE dosvc_idl dosvc_client)
  endif()
  get_property(libraries GLOBAL PROPERTY DOSVC_TEST_LIBRARIES)
  # Fakes call into layers and layers into fakes: the linker goes round until nothing is missing.
  target_link_options(${name}_test PRIVATE -Wl,--start-group)
  target_link_libraries(${name}_test PRIVATE ${libraries} dosvc_flags cmocka::cmocka)
  if(WIN32)
    target_link_libraries(${name}_test PRIVATE winpthread)
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY DOSVC_TESTS "${kind} $<TARGET_FILE:${name}_test>\n")
endfunction()

# Written when all tests are declared.
function(dosvc_write_test_list)
  get_property(tests GLOBAL PROPERTY DOSVC_TESTS)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/tests.list CONTENT "${tests}")
endfunction()
