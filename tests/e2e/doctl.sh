#!/usr/bin/env bash
# doctl from end to end: the shipped program, the registered DLL, a real server.
set -euo pipefail
# shellcheck source=/dev/null
source "$ROOT/tests/support/e2e.sh"

export DOSVC_RETRY_BASE_MS=200
origin= # set by origin_begin

doctl() {
  e2e_wine "$OUT/bin/doctl.exe" "$@"
}

queue_is_empty() {
  [ "$(e2e_status doctl list)" = 0 ]
  [ ! -s out.txt ]
  grep -q '^no jobs' err.txt
}

# Starts doctl in the background. Sets $doctl_pid; its output goes to background.out and background.err.
doctl_in_background() {
  # Not the function: the signals of a test must reach the program itself.
  wine "$OUT/bin/doctl.exe" "$@" >background.out 2>background.err &
  doctl_pid=$!
}

# background_ends EXIT-CODE
background_ends() {
  local status=0
  wait "$doctl_pid" || status=$?
  [ "$status" = "$1" ] || { cat background.out background.err; echo "exit code $status" >&2; return 1; }
}

job_ids() {
  doctl list | cut -d ' ' -f 1
}

lists_nothing_at_first() {
  queue_is_empty
}

downloads_three_files() {
  mkdir three
  [ "$(e2e_status doctl download "$origin/a.bin" "$(windows_name three/a.bin)" "$origin/b.bin" \
    "$(windows_name three/b.bin)" "$origin/c.bin" "$(windows_name three/c.bin)")" = 0 ]
  arrived three a.bin b.bin c.bin
  [ ! -s err.txt ]
  # No terminal: whole lines of plain text.
  [ "$(head -n 1 out.txt)" = "downloading 3 files" ]
  tail -n 1 out.txt | grep -qE '^done: 3 files, 4\.1 MiB in .*, .*/s$'
  [ "$(tr -d '\n -~' <out.txt | wc -c)" -eq 0 ]
  queue_is_empty
}

takes_names_relative_to_the_current_folder() {
  mkdir -p relative
  (cd relative && doctl download "$origin/a.bin" a.bin)
  arrived relative a.bin
}

replaces_an_existing_file() {
  mkdir replaced
  echo old >replaced/a.bin
  doctl download "$origin/a.bin" "$(windows_name replaced/a.bin)"
  arrived replaced a.bin
}

downloads_an_empty_file() {
  mkdir empty
  doctl download "$origin/gen/nothing?size=0" "$(windows_name empty/nothing)"
  [ -f empty/nothing ]
  [ ! -s empty/nothing ]
}

takes_no_argument_for_a_wildcard() {
  mkdir wild
  echo old >wild/ab.bin
  # A name that Windows forbids, not one that matches.
  [ "$(e2e_status doctl download "$origin/a.bin" "$(windows_name 'wild/a?.bin')")" = 2 ]
  [ "$(cat wild/ab.bin)" = old ]
}

is_silent_when_told_so() {
  mkdir silent
  [ "$(e2e_status doctl download --progress=none "$origin/a.bin" "$(windows_name silent/a.bin)")" = 0 ]
  [ ! -s out.txt ]
  [ ! -s err.txt ]
  arrived silent a.bin
}

reports_a_missing_file() {
  mkdir missing
  [ "$(e2e_status doctl download "$origin/a.bin" "$(windows_name missing/a.bin)" "$origin/none.bin" \
    "$(windows_name missing/none.bin)")" = 2 ]
  grep -qE '^doctl: the download failed: .*404.* \(0x80190194\)$' err.txt
  grep -qF "  URL:  $origin/none.bin" err.txt
  grep -qF 'missing\none.bin' err.txt
  grep -q '^The job was cancelled' err.txt
  if grep -q '^done' out.txt; then false; fi
  is_empty missing
  queue_is_empty
}

refuses_what_is_no_http_url() {
  [ "$(e2e_status doctl download ftp://127.0.0.1/a "$(windows_name a)")" = 2 ]
  grep -q '(0x80070057)$' err.txt
  grep -q 'http:// or https://' err.txt
  queue_is_empty
}

refuses_a_folder_that_is_not_there() {
  [ "$(e2e_status doctl download "$origin/a.bin" "$(windows_name none/a.bin)")" = 2 ]
  # ERROR_PATH_NOT_FOUND
  grep -q '(0x80070003)$' err.txt
  queue_is_empty
}

tells_why_it_waits_and_goes_on() {
  mkdir waits
  # A path of its own: the origin counts requests by path.
  [ "$(e2e_status doctl download "$origin/d.bin?failfirst=4:503" "$(windows_name waits/d.bin)")" = 0 ]
  grep -qE '^waiting to retry: .*503.* \(0x801901F7\)$' out.txt
  # The same reason is told once.
  [ "$(grep -c '^waiting' out.txt)" = 1 ]
  arrived waits d.bin
}

explains_wrong_command_lines() {
  local line
  while read -r line; do
    # shellcheck disable=SC2086 # a list of words
    [ "$(e2e_status doctl $line)" = 1 ] || { echo "doctl $line" >&2; return 1; }
    grep -q '^doctl: .' err.txt
    [ ! -s out.txt ]
  done <<'LINES'

frob
download
download http://127.0.0.1/a
download --name
download --progress=fast http://127.0.0.1/a a
list all
resume
cancel 1
suspend --keep 00000000-0000-0000-0000-000000000001
LINES
}

explains_itself() {
  [ "$(e2e_status doctl --help)" = 0 ]
  grep -q '^usage: doctl download' out.txt
  [ "$(e2e_status doctl --version)" = 0 ]
  grep -qE '^doctl [0-9]+\.[0-9]+\.[0-9]+$' out.txt
}

knows_when_there_is_no_such_job() {
  local command
  for command in resume suspend complete cancel; do
    [ "$(e2e_status doctl "$command" 00000000-0000-0000-0000-000000000001)" = 2 ]
    grep -qE '^doctl: cannot find the job: .* \(0x80D02003\)$' err.txt
  done
}

says_when_another_program_uses_the_queue() {
  mkdir busy
  doctl_in_background download "$origin/a.bin?gate=busy" "$(windows_name busy/a.bin)"
  e2e_wait origin_was_asked gate=busy
  [ "$(e2e_status doctl list)" = 3 ]
  grep -qE '^doctl: .*: another program is using this queue.* \(0x80D01001\)$' err.txt
  origin_get '/control/open?gate=busy'
  background_ends 0
  arrived busy a.bin
}

cancels_when_interrupted() {
  mkdir interrupted
  doctl_in_background download "$origin/a.bin?gatebody=interrupted:1000" "$(windows_name interrupted/a.bin)"
  e2e_wait origin_was_asked gatebody=interrupted
  kill -INT "$doctl_pid"
  background_ends 130
  origin_get '/control/open?gate=interrupted'
  grep -q '^doctl: interrupted' background.err
  is_empty interrupted
  queue_is_empty
}

keeps_an_interrupted_job_for_resume() {
  local id
  mkdir kept
  doctl_in_background download --keep --name 'the kept one' "$origin/b.bin?gatebody=kept:1000" \
    "$(windows_name kept/b.bin)"
  e2e_wait origin_was_asked gatebody=kept
  kill -INT "$doctl_pid"
  background_ends 130
  origin_get '/control/open?gate=kept'
  doctl list >out.txt
  grep -qE '^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}  suspended  .*  the kept one$' out.txt
  id=$(job_ids)
  grep -qF "doctl resume $id" background.err
  doctl resume "$id"
  arrived kept b.bin
  queue_is_empty
}

goes_on_after_kill_9() {
  local id
  mkdir killed
  doctl_in_background download --name killed "$origin/b.bin?gatebody=killed:1000" "$(windows_name killed/b.bin)"
  e2e_wait origin_was_asked gatebody=killed
  kill -KILL "$doctl_pid"
  background_ends 137
  origin_get '/control/open?gate=killed'
  # At once: the system has let go of the queue with the process.
  doctl list >out.txt
  grep -qE '  killed$' out.txt
  id=$(job_ids)
  doctl resume "$id"
  arrived killed b.bin
  queue_is_empty
}

lists_one_of_two() {
  doctl list | grep -q '1 of 2 files'
}

steers_a_job_by_its_id() {
  local id
  mkdir steered
  doctl_in_background download --keep "$origin/a.bin" "$(windows_name steered/a.bin)" \
    "$origin/b.bin?gate=steered" "$(windows_name steered/b.bin)"
  # While a size is unknown there is a line for each file.
  e2e_wait grep -q '1 of 2 files' background.out
  kill -INT "$doctl_pid"
  background_ends 130
  # The end of a file is recorded a moment after it; without the record the file comes once more.
  e2e_wait lists_one_of_two
  id=$(job_ids)
  # Without a name of its own it has that of its first file. In braces, as COM writes it, the ID serves as well.
  doctl list >out.txt
  grep -q '  a\.bin$' out.txt
  doctl suspend "{$id}"
  doctl list >out.txt
  grep -q '  suspended  ' out.txt
  doctl complete "$id" >out.txt
  grep -qx '1 of 2 files delivered' out.txt
  arrived steered a.bin
  queue_is_empty
  origin_get '/control/open?gate=steered'
}

cancels_a_job_by_its_id() {
  mkdir cancelled
  doctl_in_background download --keep "$origin/a.bin?gate=cancelled" "$(windows_name cancelled/a.bin)"
  e2e_wait origin_was_asked gate=cancelled
  kill -INT "$doctl_pid"
  background_ends 130
  doctl cancel "$(job_ids)"
  is_empty cancelled
  queue_is_empty
}

shows_a_bar() {
  sed 's/\x1b\[[0-9;?]*[A-Za-z]//g' terminal.out | grep -aE '0% *\[\.+\]' >/dev/null
}

draws_a_bar_on_a_terminal() {
  mkdir drawn
  # script(1) gives it a terminal. What it prints there, without the escape sequences that Wine's console adds.
  SHELL=/bin/bash script -qefc "stty cols 100; wine '$OUT/bin/doctl.exe' download \
    '$origin/b.bin?gatebody=drawn:1000' '$(windows_name drawn/b.bin)'" /dev/null >terminal.out 2>&1 &
  e2e_wait shows_a_bar
  origin_get '/control/open?gate=drawn'
  wait $!
  arrived drawn b.bin
  grep -aq 'done: 1 file' terminal.out
}

says_how_to_register() {
  wine regsvr32 /s /u "$(windows_name "$OUT/bin/Dosvc.dll")"
  [ "$(e2e_status doctl list)" = 3 ]
  grep -qF '(0x80040154)' err.txt
  grep -qF 'regsvr32 Dosvc.dll' err.txt
}

origin_begin
serve a.bin 4194304 b.bin 200001 c.bin 1 d.bin 70000
for name in lists_nothing_at_first downloads_three_files takes_names_relative_to_the_current_folder \
  replaces_an_existing_file downloads_an_empty_file takes_no_argument_for_a_wildcard is_silent_when_told_so \
  reports_a_missing_file refuses_what_is_no_http_url refuses_a_folder_that_is_not_there tells_why_it_waits_and_goes_on \
  explains_wrong_command_lines explains_itself knows_when_there_is_no_such_job \
  says_when_another_program_uses_the_queue cancels_when_interrupted keeps_an_interrupted_job_for_resume \
  goes_on_after_kill_9 steers_a_job_by_its_id cancels_a_job_by_its_id draws_a_bar_on_a_terminal says_how_to_register; do
  e2e_case "$name"
done
e2e_end
