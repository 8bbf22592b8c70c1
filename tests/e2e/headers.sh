#!/usr/bin/env bash
# The public header beside each of MinGW's bits*.h, in both orders, in C and C++, with warnings as errors; the signatures of
# the methods that both declare; and the identifiers of -ldosvc with and without -luuid.
set -euo pipefail

mingw_headers=(bits.h bits1_5.h bits2_0.h bits2_5.h bits3_0.h bits5_0.h)
include_dir=$(dirname "$(echo '#include <bits.h>' | x86_64-w64-mingw32-gcc -M -x c - | tr ' ' '\n' | grep '/bits\.h$')")
macros=(-DCOBJMACROS -DCONST_VTABLE -DUNICODE)
# The copies of MinGW's headers are there because the compiler is silent about what goes wrong within a system header, a
# macro of ours defined anew, say.
flags=(-Wall -Wextra -Wpedantic -Wundef -Werror -I"$OUT/include" -Icopies)

# compile VARIANT NAME: the source NAME.src.
compile() {
  local system=(-include "$PWD/$1/system.h")
  # Once without, to see that the header stands alone.
  [ "$2" != alone ] || system=()
  case $1 in
    c) x86_64-w64-mingw32-gcc -std=c11 "${flags[@]}" "${system[@]}" -fsyntax-only -x c "$2.src" ;;
    c_macros)
      x86_64-w64-mingw32-gcc -std=c11 "${flags[@]}" "${macros[@]}" "${system[@]}" -fsyntax-only -x c "$2.src" ;;
    cpp) x86_64-w64-mingw32-g++ -std=c++17 "${flags[@]}" "${system[@]}" -fsyntax-only -x c++ "$2.src" ;;
  esac
}

# The system's headers take all the time, and both sides include them first anyway: compiled once for each variant.
precompile_system() {
  mkdir c c_macros cpp
  printf '#include <windows.h>\n#include <ole2.h>\n' | tee c/system.h c_macros/system.h >cpp/system.h
  x86_64-w64-mingw32-gcc -std=c11 "${flags[@]}" -x c-header c/system.h -o c/system.h.gch
  x86_64-w64-mingw32-gcc -std=c11 "${flags[@]}" "${macros[@]}" -x c-header c_macros/system.h -o c_macros/system.h.gch
  x86_64-w64-mingw32-g++ -std=c++17 "${flags[@]}" -x c++-header cpp/system.h -o cpp/system.h.gch
}

# Uses a name of each generation, so that an empty header would not do.
write_source() {
  printf '#include <%s>\n' "${@:2}" >"$1"
  cat >>"$1" <<'SOURCE'
static const void *const used[] = {&IID_IBackgroundCopyFile5, &IID_IBackgroundCopyJob5, &IID_IDOManager};
int test_use(IBackgroundCopyJob5 *job, BG_FILE_RANGE *range, BG_JOB_STATE state, DO_DOWNLOAD_STATUS *status);
int test_use(IBackgroundCopyJob5 *job, BG_FILE_RANGE *range, BG_JOB_STATE state, DO_DOWNLOAD_STATUS *status)
{
    range->Length = BG_LENGTH_TO_EOF;
    return job && used[0] && state == BG_JOB_STATE_ERROR && status->State == DODownloadState_Paused &&
           BITS_JOB_TRANSFER_POLICY_ALWAYS == (BITS_JOB_TRANSFER_POLICY)(int)BITS_COST_STATE_TRANSFER_ALWAYS &&
           BG_NOTIFY_FILE_RANGES_TRANSFERRED == 0x20;
}
SOURCE
}

# One compilation of the matrix; xargs runs two at a time.
if [ "${1:-}" = compile ]; then
  shift
  compile "$@"
  exit
fi

mkdir copies
cp "$include_dir"/bits*.h copies
write_source alone.src deliveryoptimization.h
for header in "${mingw_headers[@]}"; do
  write_source "before_$header.src" "$header" deliveryoptimization.h
  write_source "after_$header.src" deliveryoptimization.h "$header"
done
precompile_system
for variant in c c_macros cpp; do
  printf "$variant %s\n" alone "${mingw_headers[@]/#/before_}" "${mingw_headers[@]/#/after_}"
done >matrix
xargs -P "$(nproc)" -L 1 bash "$0" compile <matrix ||
  { echo "not ok a combination of headers does not compile"; exit 1; }
echo "ok $(wc -l <matrix) combinations of headers compile"

if grep -qF "$ROOT" "$OUT/include/deliveryoptimization.h"; then
  echo "not ok the header names a folder of this machine"
  exit 1
fi
echo "ok the header is the same on every machine"

# signatures FILE...: one line for each vtable, without parameter names and with one spelling for each type.
signatures() {
  sed -n '/^typedef struct I[A-Za-z0-9]*Vtbl {/,/^} I[A-Za-z0-9]*Vtbl;/p' "$@" | tr -d '\r\n' |
    sed -E 's/\} (I[A-Za-z0-9]*Vtbl);/\n/g' |
    sed -E -e 's/^typedef struct //' -e 's/([ *])[A-Za-z_0-9]+\[\]([,)])/\1*\2/g' \
      -e 's/STDMETHODCALLTYPE \*([A-Za-z0-9]+)\)/\1;/g' -e 's/([ *])[A-Za-z_0-9]+([,)])/\1\2/g' \
      -e 's/LPCWSTR/const WCHAR */g' -e 's/LPWSTR/WCHAR */g' -e 's/WINBOOL/BOOL/g' -e 's/ +//g' | sort
}
signatures "${mingw_headers[@]/#/copies/}" >mingw.txt
signatures "$OUT/include/deliveryoptimization.h" >ours.txt
if [ "$(grep -c Vtbl mingw.txt)" -ne 14 ] || ! comm -23 mingw.txt ours.txt >differing.txt || [ -s differing.txt ]; then
  echo "not ok these vtables of MinGW have other signatures here:"
  cat differing.txt
  exit 1
fi
echo "ok the 14 vtables that MinGW has too have the same signatures"

{
  echo '#include <windows.h>'
  echo '#include <deliveryoptimization.h>'
  echo 'const void *identifiers[] = {'
  sed -nE 's/^DEFINE_GUID\(([A-Za-z0-9_]+),.*/    \&\1,/p' "$OUT/include/deliveryoptimization.h"
  echo '};'
  echo 'int main(void) { return !identifiers[0]; }'
} >link.c
[ "$(grep -c '&' link.c)" -eq 26 ] ||
  { echo "not ok the header does not declare 24 interfaces, a class and a library"; exit 1; }
for libraries in "-ldosvc" "-ldosvc -luuid" "-luuid -ldosvc" "-DINITGUID -ldosvc"; do
  # shellcheck disable=SC2086 # A list of options.
  x86_64-w64-mingw32-gcc -std=c11 -I"$OUT/include" link.c -o link.exe -L"$OUT/lib" $libraries ||
    { echo "not ok the identifiers do not link with $libraries"; exit 1; }
done
echo "ok the identifiers link"
