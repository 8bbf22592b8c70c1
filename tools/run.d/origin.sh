# shellcheck shell=bash
# The project's own HTTP server, on a free port of 127.0.0.1, for commands that need one beside a program.

# start_origin PROGRAM FOLDER [OPTION...]: its streams are files in FOLDER. Sets $origin_url. It ends when descriptor 8, its standard
# input, closes, and with its Wine prefix at the latest.
start_origin() {
  local program=$1 folder=$2 line='' pipe=$2/origin.in deadline
  shift 2
  mkfifo "$pipe"
  wine "$program" --port 0 "$@" <"$pipe" >"$folder/origin.out" 2>"$folder/origin.err" 9>&- &
  exec 8>"$pipe"
  deadline=$((SECONDS + 60))
  until line=$(grep -a -m 1 '^listening on ' "$folder/origin.out" 2>/dev/null); do
    [ "$SECONDS" -lt "$deadline" ] || die "the server did not start, see ${folder#"$root"/}/origin.err"
    kill -0 $! 2>/dev/null || die "the server ended: $(tail -n 5 "$folder/origin.err")"
    sleep 0.1
  done
  line=${line%$'\r'}
  origin_url=http://${line#listening on }
}

end_origin() {
  exec 8>&-
}
