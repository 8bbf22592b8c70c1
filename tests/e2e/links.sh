#!/usr/bin/env bash
# Symbolic links in the way of a download. They are made here, for Wine makes none: its CreateSymbolicLink does nothing. What Wine does with
# one that it renames or deletes is not Windows' way, so only what opens files is tested.
set -euo pipefail
# shellcheck source=/dev/null
source "$ROOT/tests/support/e2e.sh"

origin= # set by origin_begin

doctl() {
  e2e_wine "$OUT/bin/doctl.exe" "$@"
}

# The 16 digits in the name of the temporary files of the job that was made last.
last_job_digits() {
  sed -n 's/.* job {\([0-9A-F-]*\)} created.*/\1/p' "$WINEPREFIX"/drive_c/users/*/AppData/Local/dosvc/dosvc.log |
    tail -n 1 | tr -d - | cut -c 1-16
}

a_link_in_the_place_of_the_temporary_file_is_not_followed() {
  local link status=0
  mkdir planted
  echo precious >victim
  wine "$OUT/bin/doctl.exe" download "$origin/a.bin?gate=planted" "$(windows_name planted/a.bin)" >job.out 2>job.err &
  e2e_wait origin_was_asked gate=planted
  link=planted/DO$(last_job_digits)0.tmp
  ln -s ../victim "$link"
  origin_get '/control/open?gate=planted'
  wait $! || status=$?
  [ "$status" -ne 0 ]
  grep -qF '(0x80070050)' job.err
  [ "$(cat victim)" = precious ]
  [ -L "$link" ]
  [ ! -e planted/a.bin ]
}

a_link_to_nothing_is_not_followed_either() {
  mkdir dangling
  wine "$OUT/bin/doctl.exe" download "$origin/a.bin?gate=dangling" "$(windows_name dangling/a.bin)" >job.out 2>job.err &
  e2e_wait origin_was_asked gate=dangling
  ln -s ../nothing "dangling/DO$(last_job_digits)0.tmp"
  origin_get '/control/open?gate=dangling'
  if wait $!; then
    return 1
  fi
  [ ! -e nothing ]
}

a_link_in_the_place_of_the_folder_is_not_followed() {
  local status=0
  mkdir swapped elsewhere
  wine "$OUT/bin/doctl.exe" download "$origin/a.bin?gate=swapped" "$(windows_name swapped)\\a.bin" >job.out 2>job.err &
  e2e_wait origin_was_asked gate=swapped
  mv swapped aside
  ln -s elsewhere swapped
  origin_get '/control/open?gate=swapped'
  wait $! || status=$?
  [ "$status" -ne 0 ]
  grep -qF '(0x8007010B)' job.err
  is_empty elsewhere
  is_empty aside
}

a_folder_may_be_reached_through_a_link() {
  mkdir behind
  ln -s behind before
  doctl download "$origin/a.bin" "$(windows_name .)\\before\\a.bin"
  arrived behind a.bin
}

origin_begin
serve a.bin 300000
for name in a_link_in_the_place_of_the_temporary_file_is_not_followed a_link_to_nothing_is_not_followed_either \
  a_link_in_the_place_of_the_folder_is_not_followed a_folder_may_be_reached_through_a_link; do
  e2e_case "$name"
done
e2e_end
