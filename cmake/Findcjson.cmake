# cJSON's own package files are made by its CMake build alone, so the two files are looked for here: in .deps/windows or
# in MSYS2 alike. Gives the target cjson::cjson and CJSON_LICENSE, the file that goes with every copy of it.
find_path(CJSON_INCLUDE_DIR cjson/cJSON.h)
find_library(CJSON_LIBRARY NAMES cjson)
find_file(CJSON_LICENSE LICENSE PATH_SUFFIXES share/licenses/cjson)
mark_as_advanced(CJSON_INCLUDE_DIR CJSON_LIBRARY CJSON_LICENSE)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cjson REQUIRED_VARS CJSON_LIBRARY CJSON_INCLUDE_DIR CJSON_LICENSE)

if(cjson_FOUND AND NOT TARGET cjson::cjson)
  add_library(cjson::cjson UNKNOWN IMPORTED)
  # Without the definition the header declares its functions as exports of whatever DLL is being made.
  set_target_properties(cjson::cjson PROPERTIES
    IMPORTED_LOCATION "${CJSON_LIBRARY}"
    INTERFACE_COMPILE_DEFINITIONS CJSON_HIDE_SYMBOLS
    INTERFACE_INCLUDE_DIRECTORIES "${CJSON_INCLUDE_DIR}")
endif()
