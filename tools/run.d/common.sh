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

# Background jobs, each a process group of its own, by process id: what must not outlive us. bash runs its traps between commands
# only, so waiting for a background job is what lets Ctrl-C or a kill end us at once, and the group lets us take all of the job
# along. What is started so cannot read the terminal, and a program that sets the terminal's mode would be stopped.
declare -A groups=()

# start_group COMMAND...: in the background. Sets $started_group.
start_group() {
  set -m
  "$@" 9>&- </dev/null &
  started_group=$!
  set +m
  groups[$started_group]=running
}

# in_group COMMAND...: runs it as a group and waits.
in_group() {
  local status=0 group
  start_group "$@"
  group=$started_group
  wait "$group" || status=$?
  unset "groups[$group]"
  return "$status"
}

# in_pool WORK SHOW COUNT: runs WORK INDEX SLOT for each index below COUNT as a group, as many at a time as there are processors;
# those that run at one time have different slots (0 and up). Calls SHOW INDEX in the order of the indexes, each as soon as its own
# work and all before it have ended.
in_pool() {
  local work=$1 show=$2 count=$3 next=0 shown=0 slot group ended=() free=()
  local -A index_of=() slot_of=()
  for ((slot = jobs - 1; slot >= 0; slot--)); do free+=("$slot"); done
  while [ "$shown" -lt "$count" ]; do
    while [ "$next" -lt "$count" ] && [ ${#free[@]} -ne 0 ]; do
      slot=${free[-1]}
      unset 'free[-1]'
      start_group "$work" "$next" "$slot"
      index_of[$started_group]=$next
      slot_of[$started_group]=$slot
      next=$((next + 1))
    done
    wait -n -p group "${!index_of[@]}" || true
    ended[${index_of[$group]}]=yes
    free+=("${slot_of[$group]}")
    unset "groups[$group]" "index_of[$group]" "slot_of[$group]"
    while [ -n "${ended[$shown]:-}" ]; do
      "$show" "$shown"
      shown=$((shown + 1))
    done
  done
}

run_exit_actions() {
  local status=$? argument group
  # A second Ctrl-C must not leave a Wine server behind.
  trap '' INT TERM HUP
  trap - EXIT
  for group in "${!groups[@]}"; do
    kill -TERM -- "-$group" 2>/dev/null || true
  done
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
    # Of tests what the failed ones said, wherever it stands.
    if grep -aq ' FAILED (.*end of' "$log"; then
      grep -avE ': [0-9]+ passed \(|: ok \([0-9]+ s\)$' "$log" | tail -n 200 >&2
    else
      tail -n 40 "$log" >&2
    fi
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
