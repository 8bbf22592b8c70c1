# Everything that holds for each of our own targets, as one interface library.
add_library(dosvc_flags INTERFACE)
target_compile_features(dosvc_flags INTERFACE c_std_11)
# (Of C alone: windres, which compiles the version resource, knows none of these.)
set(c_options
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wformat=2
  -Wwrite-strings -Wpointer-arith -Wimplicit-fallthrough -Wnull-dereference
  # The same bytes wherever the project lies.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
  -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
target_compile_options(dosvc_flags INTERFACE "$<$<COMPILE_LANGUAGE:C>:${c_options}>")

if(WIN32)
  target_compile_definitions(dosvc_flags INTERFACE
    UNICODE _UNICODE WIN32_LEAN_AND_MEAN NOMINMAX COBJMACROS CONST_VTABLE
    _WIN32_WINNT=0x0A00 WINVER=0x0A00
    # msvcrt's own printf family knows neither %zu nor %llu.
    __USE_MINGW_ANSI_STDIO=1)
  # -static: the DLL carries libgcc and winpthread in it and needs system DLLs alone.
  target_link_options(dosvc_flags INTERFACE -static -Wl,--no-insert-timestamp)
  target_link_libraries(dosvc_flags INTERFACE ole32 oleaut32 uuid advapi32 winhttp bcrypt crypt32 rpcrt4 ws2_32 synchronization ntdll)
else()
  target_compile_options(dosvc_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dosvc_flags INTERFACE -fsanitize=address,undefined)
endif()
