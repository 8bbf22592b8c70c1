# shellcheck shell=bash
# Runs the test programs that CMake listed in tests.list, and tests/e2e/*.sh, several at a time, and counts their tests. Those that
# run at one time (slots) share no Wine prefix.

passed=0
failed=0
slow_programs=()
slow_seconds=20

# What is to be run, in the order in which it is shown: native, unit, com, e2e or script; its name; after how many seconds it counts
# as hung; the file.
test_kinds=()
test_names=()
test_limits=()
test_files=()

# Adds one program's result to the totals and prints its line. A program passes only when it ends with 0 and has printed both
# closing lines of CMocka for each group of tests: one that crashes, hangs or says nothing has failed, whatever it printed
# before. CMocka writes the two lines to different streams, so they can share a line of the log.
count_cmocka() {
  local label=$1 status=$2 log=$3 ran=0 good=0 bad groups_ran=0 groups_passed=0 n
  while read -r n; do
    ran=$((ran + n)) groups_ran=$((groups_ran + 1))
  done < <(grep -aoE '\[={10}\] [0-9]+ test\(s\) run\.' "$log" | grep -oE '[0-9]+')
  while read -r n; do
    good=$((good + n)) groups_passed=$((groups_passed + 1))
  done < <(grep -aoE '\[  PASSED  \] [0-9]+ test\(s\)\.' "$log" | grep -oE '[0-9]+')
  # A skipped test has not passed.
  bad=$((ran - good))
  if [ "$bad" -le 0 ] && { [ "$status" -ne 0 ] || [ "$ran" -eq 0 ] || [ "$groups_ran" -ne "$groups_passed" ]; }; then
    bad=1
  fi
  report "$label" "$good" "$bad" "$status" "$log"
}

# The same for a script: exit code 0, at least one line "ok ..." and none "not ok ...".
count_script() {
  local label=$1 status=$2 log=$3
  if [ "$status" -eq 0 ] && grep -aq '^ok' "$log" && ! grep -aq '^not ok' "$log"; then
    report "$label" 1 0 0 "$log"
  else
    report "$label" 0 1 "$status" "$log"
  fi
}

report() {
  local label=$1 good=$2 bad=$3 status=$4 log=$5
  passed=$((passed + good))
  failed=$((failed + bad))
  [ "${program_seconds%.*}" -lt "$slow_seconds" ] || slow_programs+=("$program_seconds s  $label")
  if [ "$bad" -eq 0 ]; then
    printf '%s: %d passed (%s s)\n' "$label" "$good" "$program_seconds"
    return
  fi
  case $status in
    124 | 137) status="timed out after $program_seconds s" ;;
    *) status="exit $status, $program_seconds s" ;;
  esac
  printf '%s: %d FAILED (%s), end of %s:\n' "$label" "$bad" "$status" "${log#"$root"/}"
  sed -E -e 's/\r$//' -e '/^\[ (RUN  |     OK) \]/d' -e 's/^/    /' "$log" | tail -n 40
}

# run_program LABEL SECONDS COMMAND...: output to a log of its own, in an empty folder of its own. What became of it stands in a file
# beside the log.
run_program() {
  local label=$1 seconds=$2 scratch log status=0 started=${EPOCHREALTIME/[^0-9]/} tenths
  shift 2
  scratch=$test_dir/${label// /-}
  log=$scratch.log
  mkdir -p "$scratch"
  case $label in
    native*) export DOSVC_TEST_DIR=$scratch ;;
    *) DOSVC_TEST_DIR=$(windows_path "$scratch") && export DOSVC_TEST_DIR ;;
  esac
  # Under Wine a process now and then dies at its start, without a word: then it is started again. Tests that fail say so.
  for _ in 1 2 3; do
    status=0
    # --foreground: the program stays in the group that we can end.
    env --chdir="$scratch" timeout --foreground -k 10 "$seconds" "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 1 ] || [ -s "$log" ]; then
      break
    fi
  done
  tenths=$(((${EPOCHREALTIME/[^0-9]/} - started) / 100000))
  echo "$status $((tenths / 10)).$((tenths % 10))" >"$scratch.result"
  case $status in
    # What it left running would disturb the next program.
    124 | 137) [ -z "${WINEPREFIX:-}" ] || stop_wine "$WINEPREFIX" ;;
    0) rm -rf "$scratch" ;;
  esac
}

# show_program LABEL COUNT: COUNT is one of the functions above. A program that was killed along with its shell has left no result.
show_program() {
  local log=$test_dir/${1// /-}.log status=137
  program_seconds=0.0
  [ ! -s "${log%.log}.result" ] || read -r status program_seconds <"${log%.log}.result"
  "$2" "$1" "$status" "$log"
}

is_wanted() {
  local name=$1 word
  shift
  [ $# -ne 0 ] || return 0
  for word in "$@"; do
    case $name in *"$word"*) return 0 ;; esac
  done
  return 1
}

# plan_listed PRESET KIND LISTED-KIND [WORD...]: the programs of one kind, in the order of tests.list.
plan_listed() {
  local preset=$1 kind=$2 listed=$3 name program_kind seconds path
  shift 3
  while read -r program_kind seconds path; do
    name=$(basename "${path%.exe}" _test)
    if [ "$program_kind" = "$listed" ] && is_wanted "$name" "$@"; then
      test_kinds+=("$kind") test_names+=("$name") test_limits+=("$seconds") test_files+=("$path")
    fi
  done <"$root/build/$preset/tests.list"
}

plan_scripts() {
  local script name
  for script in "$root"/tests/e2e/*.sh; do
    name=$(basename "$script" .sh)
    if [ -e "$script" ] && is_wanted "$name" "$@"; then
      test_kinds+=(script) test_names+=("$name") test_limits+=(300) test_files+=("$script")
    fi
  done
}

run_planned() {
  local kind=${test_kinds[$1]} slot=$2 launcher=()
  # The programs of one kind and slot share a prefix; clients of the registered DLL have a fresh one each: a queue that one leaves
  # behind must not meet the next.
  case $kind in
    native) ;;
    script)
      new_prefix "registered-$slot" "$wine_dir/registered"
      launcher=(bash)
      ;;
    e2e)
      new_prefix "registered-$slot" "$wine_dir/registered"
      launcher=(wine)
      ;;
    *)
      shared_prefix "$kind-$slot"
      launcher=(wine)
      ;;
  esac
  run_program "$kind ${test_names[$1]}" "${test_limits[$1]}" "${launcher[@]}" "${test_files[$1]}"
}

show_planned() {
  local kind=${test_kinds[$1]} count=count_cmocka
  [ "$kind" != script ] || count=count_script
  show_program "$kind ${test_names[$1]}" "$count"
}

# The prefix in which the shipped DLL is registered, of which each of its clients gets a copy. Registering counts as a test.
make_registered() {
  new_prefix registered
  in_group run_program "e2e regsvr32" 120 wine regsvr32 /s "$(windows_path "$OUT/bin/Dosvc.dll")"
  stop_wine "$WINEPREFIX"
  show_program "e2e regsvr32" count_registering
}

count_registering() {
  report "$1" "$(($2 == 0))" "$(($2 != 0))" "$2" "$3"
}

print_slow() {
  [ ${#slow_programs[@]} -ne 0 ] || return 0
  echo "over $slow_seconds s:"
  printf '%s\n' "${slow_programs[@]}" | sort -rn | sed 's/^/  /'
}

# run_tests PRESET OUT NAME [WORD...]: the programs of that Windows build, with what was installed from it in OUT; logs in build/NAME.
run_tests() {
  local preset=$1 kind slot
  # For every program: where the shipped files are, as it sees them; for scripts as the shell sees them.
  export ROOT=$root OUT=$2 DEBUG_BIN=$root/build/$preset/bin
  test_dir=$root/build/$3
  shift 3
  DOSVC_TEST_BIN=$(windows_path "$OUT/bin")
  DOSVC_TEST_ORIGIN=$(windows_path "$DEBUG_BIN/origin.exe")
  export DOSVC_TEST_BIN DOSVC_TEST_ORIGIN
  rm -rf "$test_dir"
  mkdir -p "$test_dir"
  # The long ones first, so that no processor is without work at the end.
  plan_scripts "$@"
  for kind in e2e com unit; do
    plan_listed "$preset" "$kind" "$kind" "$@"
  done
  for ((slot = 0; slot < jobs; slot++)); do
    for kind in unit com registered; do
      at_exit drop_prefix "$wine_dir/$kind-$slot"
      drop_prefix "$wine_dir/$kind-$slot"
    done
  done
  case " ${test_kinds[*]} " in *" e2e "* | *" script "*) make_registered ;; esac
  in_pool run_planned show_planned ${#test_files[@]}
  print_slow
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

test_with_ubsan() {
  local out=$root/build/mingw-ubsan/out
  step build-ubsan configure_and_build mingw-ubsan
  step install-ubsan install_build mingw-ubsan "$out" --strip
  run_tests mingw-ubsan "$out" test-ubsan "$@"
}

command_test() {
  need_packages build wine test
  need_deps
  need_wine_template
  if [ "${1:-}" = --ubsan ]; then
    shift
    test_with_ubsan "$@"
    return
  fi
  build_out
  step build-debug configure_and_build mingw-debug
  step build-native configure_and_build native-pure
  plan_listed native-pure native unit "$@"
  run_tests mingw-debug "$root/out" test "$@"
}
