# shellcheck shell=bash
# Servers that speak TLS, for the scripts of tests/e2e: a certificate authority of our own, certificates that are right or wrong in
# one thing, and nginx with a server for each on 127.0.0.1. Sourced after e2e.sh.

# The servers, in the order of their ports. What the first word of a row names is wrong with the certificate.
tls_servers=(good name expired unknown usage client redirect plain)

# tls_issue NAME HOST AUTHORITY USAGE DAYS: NAME.pem and NAME.key in certificates/.
tls_issue() {
  local name=$1 host=$2 authority=$3 usage=$4 days=$5
  openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$host"
  printf 'subjectAltName=DNS:%s\nextendedKeyUsage=%s\nbasicConstraints=CA:FALSE\n' "$host" "$usage" >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA "$authority.pem" -CAkey "$authority.key" -CAcreateserial -days "$days" \
    -extfile "$name.ext" -out "$name.pem"
}

tls_authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=dosvc test $1" \
    -addext basicConstraints=critical,CA:TRUE
}

# Makes certificates/.
tls_make_certificates() {
  mkdir certificates
  (
    cd certificates || exit
    tls_authority authority
    tls_authority stranger
    tls_issue good localhost authority serverAuth 30
    tls_issue name example.invalid authority serverAuth 30
    tls_issue expired localhost authority serverAuth -1
    tls_issue unknown localhost stranger serverAuth 30
    tls_issue usage localhost authority clientAuth 30
  ) >certificates.log 2>&1
  tls_make_client
}

# The client's certificate with its key, also anew.
tls_make_client() {
  (
    cd certificates || exit
    tls_issue client dosvc-test-client authority clientAuth 30
    openssl pkcs12 -export -in client.pem -inkey client.key -out client.pfx -passout pass:test
  ) >>certificates.log 2>&1
}

# tls_configuration FIRST-PORT: nginx.conf
tls_configuration() {
  local port=$1 name certificate
  cat <<END
daemon off;
master_process off;
pid $PWD/nginx.pid;
error_log $PWD/nginx.log;
events {}
http {
  access_log off;
  root $PWD/served;
END
  for name in client_body proxy fastcgi uwsgi scgi; do
    echo "  ${name}_temp_path $PWD/nginx.$name;"
  done
  for name in "${tls_servers[@]}"; do
    certificate=$name
    case $name in client | redirect) certificate=good ;; esac
    if [ "$name" = plain ]; then
      echo "  server { listen 127.0.0.1:$port;"
    else
      echo "  server { listen 127.0.0.1:$port ssl;"
      echo "    ssl_certificate $PWD/certificates/$certificate.pem; ssl_certificate_key $PWD/certificates/$certificate.key;"
    fi
    case $name in
      good)
        # Only for who has a token and a password.
        echo "    location = /guarded { if (\$http_x_token != sesame) { return 403; }"
        echo "      auth_basic guarded; auth_basic_user_file $PWD/users; alias $PWD/served/file; }"
        ;;
      client)
        # Keeps the connection of whom it refuses.
        echo "    ssl_client_certificate $PWD/certificates/authority.pem; ssl_verify_client optional;"
        echo "    if (\$ssl_client_verify != SUCCESS) { return 403; }"
        ;;
      redirect) echo "    return 302 http://localhost:$(($1 + ${#tls_servers[@]} - 1))\$request_uri;" ;;
    esac
    echo "  }"
    port=$((port + 1))
  done
  echo "}"
}

# Starts the servers, which serve the folder served/. Sets $tls_port, that of the first one. They end with this shell.
tls_begin() {
  local attempt
  mkdir -p served
  tls_make_certificates
  echo 'user:{PLAIN}secret' >users
  for attempt in 1 2 3 4 5 6 7 8; do
    # A program cannot ask for eight ports in a row that are free, so it is tried.
    tls_port=$((20000 + (RANDOM * 8) % 12000))
    tls_configuration "$tls_port" >nginx.conf
    nginx -c "$PWD/nginx.conf" -p "$PWD" -e "$PWD/nginx.log" >nginx.out 2>&1 &
    tls_pid=$!
    trap 'kill "$tls_pid" 2>/dev/null || true' EXIT
    trap 'exit 143' TERM
    if e2e_wait tls_is_up_or_gone && kill -0 "$tls_pid" 2>/dev/null; then
      return 0
    fi
    echo "attempt $attempt: nothing to listen on at $tls_port" >&2
  done
  cat nginx.out nginx.log >&2
  return 1
}

tls_is_up_or_gone() {
  ! kill -0 "$tls_pid" 2>/dev/null || (exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$tls_port")
}
