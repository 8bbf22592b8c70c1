# shellcheck shell=bash
# Random use of the registered DLL against the origin, for as long as asked: tests/soak/soak.h says what must hold.

soak_dir=$root/build/soak

command_soak() {
  local minutes=${1:-10} seed=${2:-$RANDOM$RANDOM} status=0
  [[ $minutes =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ ]] || die "soak: MINUTES and SEED are numbers"
  need_packages build wine test
  need_deps
  need_wine_template
  build_out
  step build-soak configure_and_build mingw-debug soak origin
  rm -rf "$soak_dir"
  mkdir -p "$soak_dir"
  new_prefix soak
  step register wine regsvr32 /s "$(windows_path "$root/out/bin/Dosvc.dll")"
  start_origin "$root/build/mingw-debug/bin/origin.exe" "$soak_dir" --seconds $((minutes * 60 + 3600))
  # The first retry after a millisecond: what waits finds nothing.
  export DOSVC_RETRY_BASE_MS=1 DOSVC_TEST_DIR DOSVC_QUEUE_DIR DOSVC_LOG
  DOSVC_TEST_DIR=$(windows_path "$soak_dir")
  DOSVC_QUEUE_DIR=$DOSVC_TEST_DIR\\queue
  DOSVC_LOG=$DOSVC_TEST_DIR\\dosvc.log
  in_group env --chdir="$soak_dir" timeout --foreground $((minutes * 60 + 900)) \
    wine "$root/build/mingw-debug/bin/soak.exe" "$minutes" "$seed" "$origin_url" 8>&- || status=$?
  end_origin
  if [ "$status" -ne 0 ]; then
    echo "soak: FAILED (exit $status); files, queue and log are in ${soak_dir#"$root"/}, the seed is $seed"
    return 1
  fi
  rm -rf "$soak_dir"
}
