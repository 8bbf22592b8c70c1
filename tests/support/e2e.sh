# shellcheck shell=bash
# What the scripts of tests/e2e share: cases, the origin, waiting. Sourced, with ROOT, OUT and DEBUG_BIN set by ./run test; the
# current folder is empty and the script's own.

e2e_deadline_seconds=60
e2e_failed=0
e2e_folder=$PWD

# e2e_case FUNCTION: runs it in a subshell where any failure ends it, and prints "ok FUNCTION", or what the case had to say and
# "not ok FUNCTION".
e2e_case() {
  local name=$1 status=0
  set +e
  (
    set -eE
    # shellcheck disable=SC2154 # BASH_COMMAND is bash's own
    trap 'echo "$name: line $LINENO: $BASH_COMMAND" >&2' ERR
    # What a case leaves running when it fails would disturb the next.
    trap 'jobs -p | xargs -r kill -KILL 2>/dev/null' EXIT
    "$name"
  ) >"$name.log" 2>&1
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    echo "ok $name"
  else
    cat "$name.log"
    echo "not ok $name"
    e2e_failed=1
  fi
}

# The last command of a script.
e2e_end() {
  exit "$e2e_failed"
}

# e2e_wait COMMAND...: until it succeeds.
e2e_wait() {
  local deadline=$((SECONDS + e2e_deadline_seconds))
  until "$@"; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "waited $e2e_deadline_seconds s in vain for: $*" >&2
      return 1
    fi
    sleep 0.1
  done
}

# e2e_status COMMAND...: prints its exit code. Its output goes to out.txt and err.txt.
e2e_status() {
  local status=0
  "$@" >out.txt 2>err.txt || status=$?
  # For the log of a case that fails.
  { echo "exit code $status of: $*" && cat err.txt; } >&2
  echo "$status"
}

# e2e_wine PROGRAM...: runs a program that never fails without a word. Under Wine a process now and then dies at its start: whoever says nothing is
# started again.
e2e_wine() {
  local status
  for _ in 1 2 3; do
    status=0
    timeout --foreground 60 wine "$@" >"$e2e_folder/wine.out" 2>"$e2e_folder/wine.err" || status=$?
    if [ "$status" -ne 1 ] || [ -s "$e2e_folder/wine.out" ] || [ -s "$e2e_folder/wine.err" ]; then
      break
    fi
  done
  cat "$e2e_folder/wine.out"
  cat "$e2e_folder/wine.err" >&2
  return "$status"
}

# windows_name FILE: as programs under Wine see it.
windows_name() {
  local path
  path=$(realpath -m "$1")
  echo "Z:${path//\//\\}"
}

# Starts the origin, which serves the folder served/. Sets $origin, its URL. It ends with this shell, which holds its input.
origin_begin() {
  mkdir -p served
  mkfifo origin.in
  wine "$DEBUG_BIN/origin.exe" --root "$(windows_name served)" <origin.in >origin.out 2>origin.err &
  # shellcheck disable=SC2034 # kept open, never written to
  exec {origin_input}>origin.in
  e2e_wait grep -aq '^listening on ' origin.out
  origin_address=$(sed -n 's/^listening on \([0-9.:]*\).*/\1/p' origin.out)
  # shellcheck disable=SC2034 # read by the scripts
  origin=http://$origin_address
}

# origin_get PATH: the answer to a request, header and all.
origin_get() {
  exec {connection}<>"/dev/tcp/${origin_address/://}"
  printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" "$origin_address" >&"$connection"
  cat <&"$connection"
  exec {connection}>&-
}

# origin_was_asked PATH: has any such request come?
origin_was_asked() {
  # Not -q: grep would leave before all has been read.
  origin_get /control/requests | grep -aF -e "$1" >/dev/null
}

# serve NAME SIZE...: files of random bytes below served/, listed in SHA256SUMS.
serve() {
  while [ $# -ne 0 ]; do
    head -c "$2" /dev/urandom >"served/$1"
    (cd served && sha256sum "$1") >>SHA256SUMS
    shift 2
  done
}

# arrived DIRECTORY NAME...: each of the served files of these names is there, byte for byte, and nothing else is.
arrived() {
  local directory=$1 name
  shift
  for name in "$@"; do
    grep -E "  $name\$" SHA256SUMS
  done >expected.sums
  (cd "$directory" && sha256sum --check --quiet ../expected.sums)
  [ "$(find "$directory" -mindepth 1 | wc -l)" -eq $# ]
}

is_empty() {
  [ -z "$(ls -A "$1")" ]
}
