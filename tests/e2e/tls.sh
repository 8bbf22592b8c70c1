#!/usr/bin/env bash
# HTTPS from end to end: tls_test.exe, a client of the registered DLL, against servers whose certificates are right or wrong.
set -euo pipefail
# shellcheck source=/dev/null
source "$ROOT/tests/support/e2e.sh"
# shellcheck source=/dev/null
source "$ROOT/tests/support/tls.sh"

# Its tests, as ./run test counts those of other programs.
every_test_passes() {
  # shellcheck disable=SC2154 # tls_begin sets it
  export DOSVC_TEST_TLS_PORT=$tls_port
  timeout --foreground 120 wine "$DEBUG_BIN/tls_test.exe" >tls_test.log 2>&1 || { cat tls_test.log; return 1; }
  cat tls_test.log
  grep -aqE '^\[={10}\] [0-9]+ test\(s\) run\.' tls_test.log
  grep -aqE '\[  PASSED  \] [0-9]+ test\(s\)\.' tls_test.log
}

tls_begin
head -c 3000000 /dev/urandom >served/file
e2e_case every_test_passes
e2e_end
