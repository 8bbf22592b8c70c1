# shellcheck shell=bash
# Steps, their logs and what happens at the end. Sourced by ./run and .ci/run with $root set.

jobs=$(nproc 2>/dev/null || echo 2)
log_dir=$root/build/log
declare -A exit_actions=()

die() {
  printf 'run: %s\n' "$*" >&2
  exit 1
}

# at_exit COMMAND ARGUMENT: to be run at the end of this process, however it ends. Once, however often it is asked for.
at_exit() {
  exit_actions[$2]=$1
}

run_exit_actions() {
  local status=$? argument
  # A second Ctrl-C must not leave a Wine server behind.
  trap '' INT TERM HUP
  trap - EXIT
  for argument in "${!exit_actions[@]}"; do
    "${exit_actions[$argument]}" "$argument" || true
  done
  exit "$status"
}
trap run_exit_actions EXIT
# An EXIT trap alone does not run when a signal ends bash.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Two ./run in one folder would build over each other. The lock is a descriptor, so it vanishes with the process; all that
# could outlive us (Wine's server) is started without it: 9>&-.
one_at_a_time() {
  [ -z "${DOSVC_RUN_LOCKED:-}" ] || return 0
  exec 9>"$root/.run.lock"
  if ! flock -n 9; then
    echo "another ./run works in this folder; waiting for it"
    flock 9
  fi
  export DOSVC_RUN_LOCKED=1
}

# step NAME COMMAND...: one short line when it went well; otherwise the end of its log. The command runs in a subshell, so
# `set -e` holds within it.
step() {
  local name=$1 log started=$SECONDS status=0
  shift
  mkdir -p "$log_dir"
  log=$log_dir/${name//[^A-Za-z0-9._-]/-}.log
  # Not `if ! ( ... )`: bash ignores set -e in a condition.
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null 9>&-
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    printf '%s: FAILED (exit %d), end of %s:\n' "$name" "$status" "${log#"$root"/}" >&2
    tail -n 40 "$log" >&2
    exit 1
  fi
  printf '%s: ok (%d s)\n' "$name" $((SECONDS - started))
}

command_clean() {
  rm -rf "$root/build" "$root/out" "$root/.wine"
  if [ "${1:-}" = all ]; then
    rm -rf "$root/.deps"
  fi
  echo "clean: ok"
}
