#!/usr/bin/env bash
# The examples, built from out/ alone as their comments and the README say, and run against the origin; and the README's screen
# of C, which must be one of them to the letter.
set -euo pipefail
# shellcheck source=/dev/null
source "$ROOT/tests/support/e2e.sh"
origin= # set by origin_begin

# Builds with the very command in the example's comment, run beside out/ and examples/, and with warnings as errors.
build_example() {
  local command
  command=$(sed -n "s/^[ /*]*\(x86_64-w64-mingw32-g[c+]* .*[a-z0-9]\)[ */]*$/\1/p" "examples/$1")
  # shellcheck disable=SC2086 # a list of words
  $command -Wall -Wextra -Wpedantic -Werror "$2" -o "$3"
}

c_example_builds() {
  build_example download.c -std=c11 download_c.exe
}

cpp_example_builds() {
  build_example download.cpp -std=c++17 download_cpp.exe
}

# downloads_and_fails PROGRAM
downloads_and_fails() {
  local directory=${1%.exe}
  mkdir "$directory"
  [ "$(e2e_status e2e_wine "$1" "$origin/a.bin" "$(windows_name "$directory/a.bin")")" = 0 ]
  grep -aqF '3.0 MB of 3.0 MB' out.txt
  arrived "$directory" a.bin
  [ "$(e2e_status e2e_wine "$1" "$origin/none" "$(windows_name "$directory/none")")" = 1 ]
  grep -aqF '0x80190194' out.txt
  [ "$(e2e_status e2e_wine "$1")" = 1 ]
  arrived "$directory" a.bin
  # Neither leaves a job behind.
  [ "$(e2e_status e2e_wine "$OUT/bin/doctl.exe" list)" = 0 ]
  [ ! -s out.txt ]
}

c_example_downloads() {
  downloads_and_fails download_c.exe
}

cpp_example_downloads() {
  downloads_and_fails download_cpp.exe
}

readme_shows_the_c_example() {
  # shellcheck disable=SC2016 # backticks that are meant
  sed -n '/^```c$/,/^```$/p' "$ROOT/README.md" | sed '1d;$d' >shown.c
  diff shown.c "$ROOT/examples/download.c"
}

ln -s "$OUT" out
ln -s "$ROOT/examples" examples
origin_begin
serve a.bin 3000000
for name in readme_shows_the_c_example c_example_builds cpp_example_builds c_example_downloads cpp_example_downloads; do
  e2e_case "$name"
done
e2e_end
