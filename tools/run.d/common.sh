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

# in_group COMMAND...: runs it as a process group of its own and waits. bash runs its traps between commands only, so waiting for a
# background job is what lets Ctrl-C or a kill end us at once, and the group lets us take all of the job along. What is started
# so cannot read the terminal, and a program that sets the terminal's mode would be stopped.
child_group=
in_group() {
  local status=0
  set -m
  "$@" 9>&- </dev/null &
  child_group=$!
  set +m
  wait "$child_group" || status=$?
  child_group=
  return "$status"
}

run_exit_actions() {
  local status=$? argument
  # A second Ctrl-C must not leave a Wine server behind.
  trap '' INT TERM HUP
  trap - EXIT
  [ -z "$child_group" ] || kill -TERM -- "-$child_group" 2>/dev/null || true
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

# step NAME COMMAND...: one short line when it went well; otherwise the end of its log.
step() {
  local name=$1 log started=$SECONDS status=0
  shift
  mkdir -p "$log_dir"
  log=$log_dir/${name//[^A-Za-z0-9._-]/-}.log
  # Not `in_group ... || status=$?`: bash ignores -e in all that a condition runs, however deep.
  set +e
  in_group strictly "$@" >"$log" 2>&1
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    printf '%s: FAILED (exit %d), end of %s:\n' "$name" "$status" "${log#"$root"/}" >&2
    tail -n 40 "$log" >&2
    exit 1
  fi
  printf '%s: ok (%d s)\n' "$name" $((SECONDS - started))
}

# Runs in the background job, whose -e is its own.
strictly() {
  set -e
  "$@"
}

command_clean() {
  rm -rf "$root/build" "$root/out" "$root/.wine"
  if [ "${1:-}" = all ]; then
    rm -rf "$root/.deps"
  fi
  echo "clean: ok"
}
