#!/usr/bin/env bash
# What out/ offers to other projects: the CMake package, and the header and -ldosvc for those without CMake, from C and C++.
# Every client then runs against the registered DLL.
set -euo pipefail

sources=$ROOT/tests/e2e/package
compiler=$(command -v x86_64-w64-mingw32-gcc-posix || command -v x86_64-w64-mingw32-gcc)

cmake -G Ninja -S "$sources" -B build --toolchain "$ROOT/cmake/mingw-w64-x86_64.cmake" -Ddosvc_DIR="$OUT/lib/cmake/dosvc"
cmake --build build
"$compiler" -static -I"$OUT/include" "$sources/client.c" -o client_plain.exe -L"$OUT/lib" -ldosvc -lole32

for client in build/client_c.exe build/client_cpp.exe client_plain.exe; do
  wine "$client" || { echo "not ok $client exits with $?"; exit 1; }
done

# Nothing of this machine, and no debugging information, in what is shipped (./run coverage needs both).
for file in "$OUT"/bin/*; do
  if [ -z "${DOSVC_COUNTS_LINES:-}" ] && grep -aqF "$ROOT" "$file"; then
    echo "not ok ${file##*/} holds the path of its build"
    exit 1
  fi
done
[ -n "${DOSVC_COUNTS_LINES:-}" ] || [ "$(x86_64-w64-mingw32-objdump -h "$OUT/bin/Dosvc.dll" | grep -c '\.debug')" -eq 0 ] ||
  { echo "not ok Dosvc.dll has debugging information"; exit 1; }
echo "ok package"
