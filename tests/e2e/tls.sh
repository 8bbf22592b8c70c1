#!/usr/bin/env bash
# HTTPS from end to end: tls_test.exe, a client of the registered DLL, against servers whose certificates are right or wrong.
set -euo pipefail
# shellcheck source=/dev/null
source "$ROOT/tests/support/e2e.sh"
# shellcheck source=/dev/null
source "$ROOT/tests/support/tls.sh"

# Its tests, as ./run test counts those of other programs. With about one in twenty keys of clients, once they are in Wine's store, its GnuTLS cannot sign,
# whoever asks: then another key.
every_test_passes() {
  local attempt
  # shellcheck disable=SC2154 # tls_begin sets it
  export DOSVC_TEST_TLS_PORT=$tls_port
  for ((attempt = 1; ; attempt++)); do
    timeout --foreground 120 wine "$DEBUG_BIN/tls_test.exe" >tls_test.log 2>&1 && break
    if [ "$attempt" -eq 3 ] || ! grep -aq 'Public key signing has failed' tls_test.log; then
      cat tls_test.log
      return 1
    fi
    # Wine keeps the key that it has.
    wine reg delete 'HKCU\Software\Wine\Crypto' /f
    wine reg delete 'HKCU\Software\Microsoft\SystemCertificates\My' /f
    tls_make_client
  done
  cat tls_test.log
  grep -aqE '^\[={10}\] [0-9]+ test\(s\) run\.' tls_test.log
  grep -aqE '\[  PASSED  \] [0-9]+ test\(s\)\.' tls_test.log
}

tls_begin
head -c 3000000 /dev/urandom >served/file
e2e_case every_test_passes
e2e_end
