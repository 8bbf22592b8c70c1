# shellcheck shell=bash
# Runs the test programs that CMake listed in tests.list, and tests/e2e/*.sh, and counts their tests.

passed=0
failed=0
test_dir=$root/build/test

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

# run_program LABEL SECONDS COMMAND...: output to a log of its own, in an empty folder of its own. Sets $program_status, $program_log
# and $program_seconds.
run_program() {
  local label=$1 seconds=$2 scratch started=${EPOCHREALTIME/[^0-9]/}
  shift 2
  scratch=$test_dir/${label// /-}
  rm -rf "$scratch"
  mkdir -p "$scratch"
  program_log=$scratch.log
  program_status=0
  case $label in
    native*) export DOSVC_TEST_DIR=$scratch ;;
    *) DOSVC_TEST_DIR=$(windows_path "$scratch") && export DOSVC_TEST_DIR ;;
  esac
  # --foreground: the program stays in the group that we can end.
  in_group env --chdir="$scratch" timeout --foreground -k 10 "$seconds" "$@" >"$program_log" 2>&1 || program_status=$?
  printf -v program_seconds '%d.%d' $(((${EPOCHREALTIME/[^0-9]/} - started) / 1000000)) \
    $(((${EPOCHREALTIME/[^0-9]/} - started) / 100000 % 10))
  case $program_status in
    # What it left running would disturb the next program.
    124 | 137) [ -z "${WINEPREFIX:-}" ] || stop_wine "$WINEPREFIX" ;;
  esac
  [ "$program_status" -ne 0 ] || rm -rf "$scratch"
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

# registered_copy: a prefix in which out/bin/Dosvc.dll is registered, fresh for each program: a queue that one leaves behind
# must not meet the next. Registering is done once, when first needed, and counts as a test.
registered_copy() {
  if [ ! -e "$wine_dir/registered" ]; then
    new_prefix registered
    run_program "e2e regsvr32" 120 wine regsvr32 /s "$(windows_path "$root/out/bin/Dosvc.dll")"
    stop_wine "$WINEPREFIX"
    if [ "$program_status" -eq 0 ]; then
      report "e2e regsvr32" 1 0 0 "$program_log"
    else
      report "e2e regsvr32" 0 1 "$program_status" "$program_log"
    fi
  fi
  new_prefix e2e "$wine_dir/registered"
}

# run_listed PRESET KIND LABEL [WORD...]: the programs of one kind, in the order of tests.list.
run_listed() {
  local preset=$1 kind=$2 label=$3 name program_kind seconds path launcher=()
  shift 3
  while read -r program_kind seconds path <&3; do
    name=$(basename "${path%.exe}" _test)
    if [ "$program_kind" != "$kind" ] || ! is_wanted "$name" "$@"; then
      continue
    fi
    [ "$preset" = native-pure ] || launcher=(wine)
    [ "$kind" != e2e ] || registered_copy
    run_program "$label $name" "$seconds" "${launcher[@]}" "$path"
    count_cmocka "$label $name" "$program_status" "$program_log"
  done 3<"$root/build/$preset/tests.list"
}

run_scripts() {
  local script name
  for script in "$root"/tests/e2e/*.sh; do
    [ -e "$script" ] || continue
    name=$(basename "$script" .sh)
    is_wanted "$name" "$@" || continue
    registered_copy
    run_program "script $name" 300 bash "$script"
    count_script "script $name" "$program_status" "$program_log"
  done
}

command_test() {
  need_packages build wine test
  need_deps
  need_wine_template
  build_out
  step build-debug configure_and_build mingw-debug
  step build-native configure_and_build native-pure
  rm -rf "$test_dir"
  mkdir -p "$test_dir"
  drop_prefix "$wine_dir/registered"

  # For every program: where the shipped files are, as it sees them; for scripts as the shell sees them.
  export ROOT=$root OUT=$root/out DEBUG_BIN=$root/build/mingw-debug/bin
  DOSVC_TEST_BIN=$(windows_path "$root/out/bin")
  DOSVC_TEST_ORIGIN=$(windows_path "$DEBUG_BIN/origin.exe")
  export DOSVC_TEST_BIN DOSVC_TEST_ORIGIN

  run_listed native-pure unit native "$@"
  new_prefix unit
  run_listed mingw-debug unit unit "$@"
  new_prefix com
  run_listed mingw-debug com com "$@"
  run_listed mingw-debug e2e e2e "$@"
  run_scripts "$@"

  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
