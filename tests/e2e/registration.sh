#!/usr/bin/env bash
# regsvr32 with the shipped DLL: for the machine, for the user, with an argument that it does not know, and over a foreign
# server. What is written in detail is the business of registration_test.
set -euo pipefail

dll=$DOSVC_TEST_BIN\\Dosvc.dll
server='Software\Classes\CLSID\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\InprocServer32'

# path_in HIVE: which DLL serves the class. Under Wine a process dies at its start now and then: who says neither a path nor that there is none is asked again.
path_in() {
  local answer
  for _ in 1 2 3; do
    wine reg query "$1\\$server" /ve >answer.txt 2>&1 || true # no pipe: what Wine starts in the background would keep it
    answer=$(tr -d '\r' <answer.txt)
    case $answer in
      *REG_SZ*) sed -nE 's/^ *\(Default\) +REG_SZ +//p' <<<"$answer"; return ;;
      *'Unable to find'*) return ;;
    esac
  done
  echo "reg query says: $answer"
}

# expect WHAT ACTUAL WANTED
expect() {
  if [ "$2" != "$3" ]; then
    echo "not ok $1: $2 instead of $3"
    exit 1
  fi
}

expect "the machine's server" "$(path_in HKLM)" "$dll"
expect "the user's server" "$(path_in HKCU)" ""

wine regsvr32 /s /u "$dll"
expect "the machine's server after /u" "$(path_in HKLM)" ""
if wine reg query 'HKLM\Software\dosvc' >notes.txt 2>&1; then
  echo "not ok /u leaves notes of ours:"
  cat notes.txt
  exit 1
fi
wine regsvr32 /s /u "$dll"
echo "ok /u leaves nothing and may be repeated"

wine regsvr32 /s /n /i:user "$dll"
expect "the user's server after /n /i:user" "$(path_in HKCU)" "$dll"
expect "the machine's server after /n /i:user" "$(path_in HKLM)" ""
wine regsvr32 /s /u /n /i:user "$dll"
expect "the user's server after /u /n /i:user" "$(path_in HKCU)" ""
echo "ok /i:user registers for the user alone"

if wine regsvr32 /s /n /i:everyone "$dll"; then
  echo "not ok /i:everyone is accepted"
  exit 1
fi
expect "the machine's server after /i:everyone" "$(path_in HKLM)" ""
echo "ok /i with an unknown argument is refused"

wine reg add "HKLM\\$server" /ve /d 'C:\theirs.dll' /f >/dev/null
wine regsvr32 /s /i "$dll"
expect "the machine's server over a foreign one" "$(path_in HKLM)" "$dll"
wine regsvr32 /s /u "$dll"
expect "the machine's server after ours has gone" "$(path_in HKLM)" 'C:\theirs.dll'
echo "ok a foreign server comes back"
