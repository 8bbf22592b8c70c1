# shellcheck shell=bash
# The parsers of the pure files under libFuzzer, each from its seeds in tests/fuzz/corpus and what earlier runs found. What is new
# stays in build/fuzz/corpus; an input that fails belongs into the seeds as soon as it is understood.

fuzz_dir=$root/build/fuzz
fuzz_names=()
fuzz_paths=()

# fuzz_one INDEX: the output to a log of its own; the exit code below.
fuzz_one() {
  local name=${fuzz_names[$1]} status=0
  "${fuzz_paths[$1]}" "-max_total_time=$fuzz_seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    "-artifact_prefix=$fuzz_dir/failed/$name-" "$fuzz_dir/corpus/$name" "$root/tests/fuzz/corpus/$name" \
    >"$fuzz_dir/$name.log" 2>&1 || status=$?
  echo "$status" >"$fuzz_dir/$name.status"
}

fuzz_show() {
  local name=${fuzz_names[$1]} log input inputs
  log=$fuzz_dir/$name.log
  # Of the status, too: a program that was killed has left none.
  if [ "$(cat "$fuzz_dir/$name.status" 2>/dev/null)" = 0 ]; then
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "fuzz $name: ok ($inputs inputs in $fuzz_seconds s)"
    return
  fi
  fuzz_failed=$((fuzz_failed + 1))
  echo "fuzz $name: FAILED, end of ${log#"$root"/}:"
  tail -n 40 "$log"
  for input in "$fuzz_dir/failed/$name"-*; do
    [ ! -e "$input" ] || echo "fuzz $name: the input is ${input#"$root"/}"
  done
}

command_fuzz() {
  local wanted=${1:-all} seconds=${2:-300} name path fuzz_seconds fuzz_failed=0
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "fuzz: $seconds is no number of seconds"
  need_packages fuzz
  need_sources_built cjson_fuzzed
  step build-fuzz configure_and_build native-fuzz
  rm -rf "$fuzz_dir/failed"
  mkdir -p "$fuzz_dir/failed"
  while read -r name path; do
    [ "$wanted" = all ] || [ "$wanted" = "$name" ] || continue
    fuzz_names+=("$name")
    fuzz_paths+=("$path")
    mkdir -p "$fuzz_dir/corpus/$name"
    rm -f "$fuzz_dir/$name.status"
  done <"$root/build/native-fuzz/fuzz.list"
  [ ${#fuzz_names[@]} -ne 0 ] ||
    die "fuzz: there is no $wanted; there are: $(cut -d ' ' -f 1 "$root/build/native-fuzz/fuzz.list" | paste -sd ' ')"
  # Several run at a time, each as long as the rest leaves.
  fuzz_seconds=$((seconds * jobs / ${#fuzz_names[@]}))
  [ "$fuzz_seconds" -lt "$seconds" ] || fuzz_seconds=$seconds
  [ "$fuzz_seconds" -gt 0 ] || fuzz_seconds=1
  in_pool fuzz_one fuzz_show ${#fuzz_names[@]}
  [ "$fuzz_failed" -eq 0 ]
}
