# Cross compilation to 64-bit Windows with MinGW-w64. The -posix flavour of GCC is wanted because cmocka needs its
# pthreads; where distributions ship a single flavour (MSYS2, Fedora) the plain name is used.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

set(DOSVC_TRIPLET x86_64-w64-mingw32)
find_program(CMAKE_C_COMPILER NAMES ${DOSVC_TRIPLET}-gcc-posix ${DOSVC_TRIPLET}-gcc REQUIRED)
find_program(CMAKE_CXX_COMPILER NAMES ${DOSVC_TRIPLET}-g++-posix ${DOSVC_TRIPLET}-g++)
find_program(CMAKE_RC_COMPILER NAMES ${DOSVC_TRIPLET}-windres windres REQUIRED)
find_program(CMAKE_OBJDUMP NAMES ${DOSVC_TRIPLET}-objdump objdump)
find_program(CMAKE_STRIP NAMES ${DOSVC_TRIPLET}-strip strip)
find_program(DOSVC_WIDL NAMES ${DOSVC_TRIPLET}-widl widl)

# The libraries that ./run builds. On MSYS2 its own packages serve, found in the compiler's own prefix.
get_filename_component(DOSVC_DEPS "${CMAKE_CURRENT_LIST_DIR}/../.deps/windows" ABSOLUTE)
list(APPEND CMAKE_PREFIX_PATH "${DOSVC_DEPS}")
if(NOT CMAKE_HOST_WIN32)
  list(APPEND CMAKE_FIND_ROOT_PATH "${DOSVC_DEPS}" "/usr/${DOSVC_TRIPLET}")
  set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
  set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
endif()
