# dosvc_fuzz(name LINKS layer...)
#
# The program name_fuzz, made of <name>_fuzz.c: one pure module under libFuzzer, ASan and UBSan. Its seeds are the files of
# corpus/<name>/. Each program is also a line "name path" of fuzz.list, which ./run fuzz reads.
function(dosvc_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 fuzz "" "" "LINKS")
  if(fuzz_UNPARSED_ARGUMENTS OR NOT fuzz_LINKS)
    message(FATAL_ERROR "dosvc_fuzz(${name}): unexpected ${fuzz_UNPARSED_ARGUMENTS}, or no LINKS")
  endif()
  add_executable(${name}_fuzz ${name}_fuzz.c)
  target_link_libraries(${name}_fuzz PRIVATE fuzz_support dosvc_flags)
  foreach(layer IN LISTS fuzz_LINKS)
    get_property(archives GLOBAL PROPERTY DOSVC_ARCHIVES_${layer})
    target_link_libraries(${name}_fuzz PRIVATE dosvc_${layer}_includes ${archives})
  endforeach()
  target_include_directories(${name}_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  set_property(GLOBAL APPEND_STRING PROPERTY DOSVC_FUZZERS "${name} $<TARGET_FILE:${name}_fuzz>\n")
endfunction()

# Written when all are declared.
function(dosvc_write_fuzz_list)
  get_property(fuzzers GLOBAL PROPERTY DOSVC_FUZZERS)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/fuzz.list CONTENT "${fuzzers}")
endfunction()
