# shellcheck shell=bash
# Checks that need no running: format, rules about includes, clang's and cppcheck's analysis of the Windows code.

analysis_dir=$root/build/analysis

our_sources() {
  git -C "$root" ls-files -- 'include/*.h' 'src/*.[ch]' 'tools/*.[ch]' 'tests/*.[ch]' 'examples/*.c*' 'bench/*.[ch]'
}

check_format() {
  our_sources | xargs -d '\n' clang-format --dry-run -Werror
}

# The border of a library: the one folder or file that may include its header.
allowed_only_in() {
  local header=$1 pattern=$2 found
  found=$(our_sources | grep -v '^tests/' | grep -vE "$pattern" | xargs -d '\n' grep -nE "#include *[<\"]$header[>\"]" || true)
  [ -z "$found" ] || { echo "$header is included outside $pattern:"; echo "$found"; return 1; }
}

check_includes() {
  local found
  found=$(our_sources | xargs -d '\n' grep -nE '#include *[<"]\.\./' || true)
  [ -z "$found" ] || { echo "includes go by bare name:"; echo "$found"; return 1; }
  allowed_only_in sqlite3.h '^src/store/'
  allowed_only_in cjson/cJSON.h '^src/json_members\.c$'
  allowed_only_in winhttp.h '^src/http/http_winhttp[a-z_]*\.[ch]$|^bench/winhttp_client\.c$'
}

# Copies without a limit, what leaves a string open, what ends a thread under its locks, and libraries that are looked for elsewhere than
# in the system's folder. A line that has a reason says it: `/* allowed: ... */`.
banned_functions='strn?cpy|strn?cat|v?sprintf|gets|strtok|wcsn?cpy|wcsn?cat|wcstok|_sn?w?printf|lstrcpyn?[AW]?|lstrcat[AW]?'
banned_functions+='|wv?sprintf[AW]?|StrCpyN?[AW]?|StrCatN?[AW]?|LoadLibrary[AW]?|LoadLibraryExA?|system|_wsystem|WinExec|alloca'
banned_functions+='|tmpnam|mktemp|TerminateThread|IsBad(Read|Write|Code|String)Ptr[AW]?'

# The lines of our sources outside the tests that match a pattern and have no reason to.
lines_with() {
  our_sources | grep -v '^tests/' | grep -E "$1" | xargs -d '\n' grep -nE "$2" | grep -v '/\* allowed: ' || true
}

check_functions() {
  local found
  found=$(lines_with . "\\b($banned_functions)\\(")
  [ -z "$found" ] || { echo "banned functions:"; echo "$found"; return 1; }
  found=$(lines_with . '\bLoadLibraryExW\(' | grep -v LOAD_LIBRARY_SEARCH_SYSTEM32 || true)
  [ -z "$found" ] || { echo "libraries come from the system's folder:"; echo "$found"; return 1; }
  found=$(lines_with '^src/' '\b(malloc|calloc|realloc|free)\(' | grep -v '^src/base/memory.c:' || true)
  [ -z "$found" ] || { echo "memory comes from src/base/memory.h:"; echo "$found"; return 1; }
}

source_lines_max=500

check_lengths() {
  local file lines long=0
  while read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt "$source_lines_max" ]; then
      echo "$file has $lines lines, over $source_lines_max: it is two files"
      long=1
    fi
  done < <(our_sources | grep '^src/')
  return "$long"
}

# What is silenced says why on its line: `/* NOLINT(check): why */`, `/* cppcheck-suppress id ; why */`.
check_suppressions() {
  local found silencer='NOLINT[A-Z]*(\([^)]*\))?|cppcheck-suppress(-[a-z]+)? [][A-Za-z, ]*|diagnostic ignored "[^"]*"|allowed:'
  found=$(our_sources | xargs -d '\n' grep -nE "($silencer) *(\*/|$)" || true)
  [ -z "$found" ] || { echo "silenced without a reason:"; echo "$found"; return 1; }
}

check_shell() {
  # The parts of ./run are read along with it: each by itself would miss the others' variables.
  (echo run; echo .ci/run; git ls-files -- '*.sh' | sed '/^tools\/run.d\//d') | xargs -d '\n' shellcheck -x
}

# The compile commands of the debug build, with clang in GCC's place. Widl's output is no source of ours.
prepare_analysis() {
  cmake --preset mingw-debug
  cmake --build --preset mingw-debug --target dosvc_idl_files
  mkdir -p "$analysis_dir"
  sed -E 's|("command": ")[^ ]*gcc[^ ]* |\1clang --target=x86_64-w64-mingw32 -isystem /usr/share/mingw-w64/include |' \
    "$root/build/mingw-debug/compile_commands.json" >"$analysis_dir/compile_commands.json"
}

# One field of each compile command, without what the build makes itself.
compiled() {
  sed -nE 's/^ *"'"$1"'": "(.*)",?$/\1/p' "$analysis_dir/compile_commands.json" |
    sed -e '/deliveryoptimization_i/d' -e '/queue_schema/d' -e '/queue_upgrade_[0-9]*\.c/d' -e '/dosvc\.rc/d'
}

# What clang warns about and GCC does not, lock annotations above all.
check_clang() {
  compiled command | sed -e 's/\\\(.\)/\1/g' -e 's/$/ -fsyntax-only -Wthread-safety/' |
    (cd "$root/build/mingw-debug" && xargs -r -d '\n' -P "$jobs" -n 1 bash -c)
}

check_tidy() {
  compiled file | sed -n "\\:^$root/\\(src\\|tools\\)/:p" | sort -u |
    xargs -r -d '\n' -P "$jobs" -n 1 clang-tidy --quiet -p "$analysis_dir"
}

check_cppcheck() {
  local includes=(-I include -I build/mingw-debug/idl) layer
  cd "$root"
  for layer in src/*/; do
    includes+=(-I "$layer")
  done
  our_sources | grep -E '^(src|tools)/.*\.c$' | xargs -r -d '\n' cppcheck --platform=win64 --std=c11 --language=c \
    --enable=warning,performance,portability --inline-suppr --error-exitcode=1 --quiet -j "$jobs" \
    --suppress=missingIncludeSystem -D_WIN32 -D_WIN64 -DUNICODE -D_UNICODE \
    '-DFAILED(hr)=((hr)<0)' '-DSUCCEEDED(hr)=((hr)>=0)' "${includes[@]}"
}
