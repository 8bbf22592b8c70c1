# shellcheck shell=bash
# Which lines of src/ the tests run, natively and under Wine together. Processes that are ended by TerminateProcess write no counts.

coverage_target=90

gcov_of() {
  case $1 in
    mingw*) command -v x86_64-w64-mingw32-gcov-posix || command -v x86_64-w64-mingw32-gcov ;;
    *) command -v gcov ;;
  esac
}

# The annotated sources of one build. What no program has linked in has no counts, and all of its lines count as not run.
annotated() {
  local preset=$1 gcov
  gcov=$(gcov_of "$preset")
  cd "$root/build/$preset"
  find src -name '*.gcno' -print0 | xargs -0 -n 20 "$gcov" --stdout
}

# FILE LINES RUN of each of our sources: a line counts once, and as run when any build has run it.
count_lines() {
  { annotated native-coverage && annotated mingw-coverage; } 2>/dev/null | awk -F: '
    $3 == "Source" { file = $4; sub(/^(\.\.\/)+/, "", file); next }
    file !~ /^src\/.*\.[ch]$/ { next }
    { count = $1; line = $2 + 0; gsub(/[ *]/, "", count) }
    line == 0 || count == "-" { next }
    { all[file, line] = file; if (count ~ /^[0-9]/) run[file, line] = file }
    END {
      for (key in all) lines[all[key]]++
      for (key in run) hit[run[key]]++
      for (file in lines) print file, lines[file], hit[file] + 0
    }' | sort
}

# Which lines those are: FILE: numbers.
print_missed() {
  { annotated native-coverage && annotated mingw-coverage; } 2>/dev/null | awk -F: -v wanted="$1" '
    $3 == "Source" { file = $4; sub(/^(\.\.\/)+/, "", file); next }
    file != wanted { next }
    { count = $1; line = $2 + 0; gsub(/[ *]/, "", count) }
    line == 0 || count == "-" { next }
    { all[line] = 1; if (count ~ /^[0-9]/) run[line] = 1; sub(/^[^:]*:[^:]*:/, ""); text[line] = $0 }
    END { for (line in all) if (!run[line]) print line ": " text[line] }' | sort -n
}

# The total stands last; the answer is whether it is high enough.
print_coverage() {
  awk -v target="$coverage_target" '
    { layer = $1; sub(/^src\//, "", layer); if (!sub(/\/.*/, "", layer)) layer = "surface" }
    { lines[layer] += $2; hit[layer] += $3; all += $2; all_hit += $3 }
    $3 * 100 < $2 * target { low[++count] = sprintf("  %5.1f %%  %s (%d of %d lines)", $3 * 100 / $2, $1, $3, $2) }
    END {
      if (count) { printf "below %d %%:\n", target; for (i = 1; i <= count; i++) print low[i] }
      n = split("base platform http transfer store core com surface", order, " ")
      for (i = 1; i <= n; i++) if (lines[order[i]])
        printf "%-9s %5.1f %% of %5d lines\n", order[i], hit[order[i]] * 100 / lines[order[i]], lines[order[i]]
      printf "%-9s %5.1f %% of %5d lines\n", "src/", all_hit * 100 / all, all
      exit all_hit * 100 < all * target
    }' "$root/build/coverage.txt"
}

command_coverage() {
  local out=$root/build/mingw-coverage/out
  if [ "${1:-}" = --missed ]; then
    print_missed "${2:?a file of src/}"
    return
  fi
  need_packages build wine test
  need_deps
  need_wine_template
  step build-coverage configure_and_build mingw-coverage
  step build-coverage-native configure_and_build native-coverage
  step install-coverage install_build mingw-coverage "$out"
  find "$root/build/mingw-coverage" "$root/build/native-coverage" -name '*.gcda' -delete
  export DOSVC_COUNTS_LINES=1 # what is counted names its source files
  plan_listed native-coverage native unit "$@"
  # What fails has run its lines all the same.
  run_tests mingw-coverage "$out" test-coverage "$@" || true
  count_lines >"$root/build/coverage.txt"
  print_coverage
}
