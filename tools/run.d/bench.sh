# shellcheck shell=bash
# Measures the COM API as a client uses it, beside a raw socket loop and Wine's own BITS, interleaved in one run, against nginx on
# 127.0.0.1. Figures of one machine at one moment: read the ratios. docs/PERFORMANCE.md says what they mean.

bench_dir=$root/build/bench
bench_port=18766

make_bench_files() {
  local i
  mkdir -p "$bench_dir/www/medium" "$bench_dir/www/small"
  head -c "$1" /dev/urandom >"$bench_dir/www/large"
  for ((i = 1; i <= 200; i++)); do head -c 1048576 /dev/urandom >"$bench_dir/www/medium/$i"; done
  for ((i = 1; i <= 2000; i++)); do head -c 16384 /dev/urandom >"$bench_dir/www/small/$i"; done
}

bench_line() {
  printf 'http://127.0.0.1:%d/%s\t%s\\%s\n' "$bench_port" "$1" "$bench_out" "$2"
}

# Each list: one workload.
make_bench_lists() {
  local i
  bench_line large large >"$bench_dir/large.list"
  for ((i = 1; i <= 200; i++)); do bench_line "medium/$i" "m$i"; done >"$bench_dir/medium.list"
  for ((i = 1; i <= 2000; i++)); do bench_line "small/$i" "s$i"; done >"$bench_dir/small.list"
}

stop_bench_origin() {
  [ ! -s "$1/nginx.pid" ] || kill "$(cat "$1/nginx.pid")" 2>/dev/null || true
}

start_bench_origin() {
  local user=''
  [ "$(id -u)" -ne 0 ] || user='user root;'
  cat >"$bench_dir/nginx.conf" <<CONF
$user worker_processes 2; pid $bench_dir/nginx.pid; error_log $bench_dir/nginx.err;
events { worker_connections 512; }
http {
  access_log off; sendfile on; keepalive_timeout 65; keepalive_requests 1000000;
  server { listen 127.0.0.1:$bench_port; root $bench_dir/www; }
}
CONF
  at_exit stop_bench_origin "$bench_dir"
  nginx -p "$bench_dir" -c "$bench_dir/nginx.conf" 9>&-
}

# bench_once WHO WORKLOAD: adds "WHO WORKLOAD WHAT SECONDS" lines to the results.
bench_once() {
  local who=$1 workload=$2 line
  local list=$bench_dir/$workload.list programs=$root/build/mingw-release/bin
  rm -rf "$bench_dir/out"
  mkdir -p "$bench_dir/out"
  case $who in
    raw) line=$(timeout 300 wine "$programs/bench_raw.exe" "$list" 2>>"$bench_dir/errors") || line= ;;
    *) line=$(timeout 600 wine "$programs/bench_com.exe" "$who" "$list" 2>>"$bench_dir/errors") || line= ;;
  esac
  [ -n "$line" ] || die "$who failed at the workload $workload: $(tail -n 3 "$bench_dir/errors")"
  tr -d '\r' <<<"$line" | awk -v who="$who" -v workload="$workload" \
    '{ for (i = 1; i < NF; i += 2) print who, workload, $i, $(i + 1) }' >>"$bench_dir/results"
}

# median WHO WORKLOAD WHAT: median, smallest and largest.
median() {
  awk -v w="$1" -v l="$2" -v k="$3" '$1 == w && $2 == l && $3 == k { print $4 }' "$bench_dir/results" | sort -g |
    awk '{ v[NR] = $1 } END { if (NR) print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2), v[1], v[NR] }'
}

print_bench() {
  local workload who what m lo hi base
  printf '%-8s %-9s %-6s %10s %10s %10s %8s\n' workload what who median min max 'x raw'
  for workload in large medium small; do
    for what in add transfer complete; do
      base=$(median raw "$workload" "$what" | cut -d ' ' -f 1)
      for who in raw dosvc bits; do
        read -r m lo hi < <(median "$who" "$workload" "$what") || continue
        printf '%-8s %-9s %-6s %9.3fs %9.3fs %9.3fs %8s\n' "$workload" "$what" "$who" "$m" "$lo" "$hi" \
          "$([ -z "$base" ] || awk -v a="$base" -v b="$m" 'BEGIN { printf "%.2f", a / b }')"
      done
    done
  done
}

command_bench() {
  local rounds=5 size=1073741824 who workload round
  if [ "${1:-}" = --quick ]; then
    rounds=2 size=268435456
  fi
  need_packages build wine test bench
  need_deps
  build_out
  step build-bench configure_and_build mingw-release bench_com bench_raw
  need_wine_template
  rm -rf "$bench_dir"
  mkdir -p "$bench_dir"
  bench_out=$(windows_path "$bench_dir/out")
  step bench-files make_bench_files "$size"
  make_bench_lists
  start_bench_origin
  new_prefix bench
  step register wine regsvr32 /s "$(windows_path "$root/out/bin/Dosvc.dll")"
  for ((round = 1; round <= rounds; round++)); do
    for workload in large medium small; do
      for who in raw dosvc bits; do
        bench_once "$who" "$workload"
      done
    done
    echo "round $round of $rounds"
  done
  print_bench
  rm -rf "$bench_dir/www" "$bench_dir/out"
}
