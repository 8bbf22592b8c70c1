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

# dosvc_test(name unit|com|e2e|script SOURCES file... [LINKS layer|library...] [PURE] [IDL] [TIMEOUT seconds])
#
#   unit   one module, by itself
#   com    assembled: all layers linked in, fakes in the composition root
#   e2e    registered: a client of the shipped Dosvc.dll
#   script the same, started by tests/e2e/<name>.sh
#   LINKS  the highest layers that the program uses (those below come with them), or any other library
#   PURE   compiled and run natively as well, under ASan and UBSan
#   IDL    includes deliveryoptimization.h
#   TIMEOUT  after how long the program counts as hung (120)
#
# Each program is also a line "kind time-out path" of tests.list, which ./run test reads. Test libraries need not be named.
function(dosvc_test name kind)
  cmake_parse_arguments(PARSE_ARGV 2 test "PURE;IDL" "TIMEOUT" "SOURCES;LINKS")
  if(test_UNPARSED_ARGUMENTS OR NOT kind MATCHES "^(unit|com|e2e|script)$")
    message(FATAL_ERROR "dosvc_test(${name} ${kind}): unexpected ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT WIN32 AND NOT test_PURE)
    return()
  endif()

  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
  endif()

  add_executable(${name}_test ${test_SOURCES})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/include)
  # Fakes first: what they define is then not taken from a layer. One group, because layers and fakes call each other.
  get_property(group GLOBAL PROPERTY DOSVC_TEST_LIBRARIES)
  set(libraries)
  foreach(link IN LISTS test_LINKS)
    if(TARGET dosvc_${link}_archive)
      get_property(archives GLOBAL PROPERTY DOSVC_ARCHIVES_${link})
      list(APPEND group ${archives})
      list(APPEND libraries dosvc_${link}_includes)
    else()
      list(APPEND libraries ${link})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES group)
  if(group)
    list(JOIN group "," group)
    target_link_libraries(${name}_test PRIVATE "$<LINK_GROUP:RESCAN,${group}>")
  endif()
  if(test_IDL)
    list(APPEND libraries dosvc_idl dosvc_client)
  endif()
  target_link_libraries(${name}_test PRIVATE ${libraries} cmocka::cmocka dosvc_flags)
  if(WIN32)
    target_link_libraries(${name}_test PRIVATE winpthread crash_trace)
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY DOSVC_TESTS "${kind} ${test_TIMEOUT} $<TARGET_FILE:${name}_test>\n")
endfunction()

# Written when all tests are declared.
function(dosvc_write_test_list)
  get_property(tests GLOBAL PROPERTY DOSVC_TESTS)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/tests.list CONTENT "${tests}")
endfunction()
