# shellcheck shell=bash
# CMake's presets, and out/ with what is shipped.

# DLLs that each Windows 10 has. Anything else in the import table would have to be shipped beside ours.
system_dlls='advapi32|api-ms-win-core-synch-l1-2-0|bcrypt|crypt32|iphlpapi|kernel32|msvcrt|netapi32|ntdll|ole32|oleaut32|rpcrt4|secur32|shell32|shlwapi'
system_dlls+='|user32|userenv|winhttp|wintrust|wtsapi32|ws2_32'

# configure_and_build PRESET [TARGET...]
configure_and_build() {
  local preset=$1
  shift
  cmake --preset "$preset"
  cmake --build --preset "$preset" --parallel "$jobs" ${1:+--target "$@"}
}

# install_build PRESET FOLDER [--strip]
install_build() {
  local preset=$1 folder=$2
  shift 2
  # From nothing, so that no file of an earlier build stays; moved into place whole.
  rm -rf "$root/build/out.new"
  cmake --install "$root/build/$preset" --prefix "$root/build/out.new" "$@"
  rm -rf "$folder"
  mv "$root/build/out.new" "$folder"
}

check_imports() {
  local file foreign
  for file in "$root"/out/bin/{Dosvc.dll,doctl.exe}; do
    [ -s "$file" ] || return
    foreign=$(x86_64-w64-mingw32-objdump -p "$file" | sed -n 's/.*DLL Name: //p' |
      grep -viE "^($system_dlls)\.dll$" | paste -sd ' ' || true)
    if [ -n "$foreign" ]; then
      echo "${file#"$root"/} is not self-contained, it imports $foreign"
      return 1
    fi
  done
}

build_out() {
  step build-release configure_and_build mingw-release shipped
  step install install_build mingw-release "$root/out" --strip
  step imports check_imports
}

command_build() {
  need_packages build wine test
  need_deps
  build_out
}
