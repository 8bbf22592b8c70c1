# shellcheck shell=bash
# Measures the COM API as a client uses it, beside other downloaders, interleaved in one run, against nginx on 127.0.0.1. Figures of one
# machine at one moment: read the ratios. docs/PERFORMANCE.md says what they mean.

# shellcheck source=tools/run.d/bench_curl.sh
source "$root/tools/run.d/bench_curl.sh"

bench_dir=$root/build/bench
bench_port=18766

# ---- The origin ----

make_bench_files() {
  local i
  mkdir -p "$bench_dir/www/medium" "$bench_dir/www/small"
  head -c "$1" /dev/urandom >"$bench_dir/www/large"
  for ((i = 1; i <= 200; i++)); do head -c 1048576 /dev/urandom >"$bench_dir/www/medium/$i"; done
  for ((i = 1; i <= 2000; i++)); do head -c 16384 /dev/urandom >"$bench_dir/www/small/$i"; done
  # 5 GiB of which every 64 MiB differ: mostly a hole, so that it costs no disk.
  truncate -s 5G "$bench_dir/www/huge"
  for ((i = 0; i < 80; i++)); do
    head -c 4096 /dev/urandom | dd of="$bench_dir/www/huge" bs=4096 seek=$((i * 16384 + i)) conv=notrunc status=none
  done
}

# bench_list NAME: what its lines are to say, from lines "path name": for programs under Wine, for curl.exe and for native curl.
bench_list() {
  local path name
  while read -r path name; do
    printf 'http://127.0.0.1:%d/%s\t%s\\%s\n' "$bench_port" "$path" "$bench_out" "$name" >&3
    printf 'url = "http://127.0.0.1:%d/%s"\noutput = "%s/%s"\n' "$bench_port" "$path" "${bench_out//\\//}" "$name" >&4
    printf 'url = "http://127.0.0.1:%d/%s"\noutput = "%s/%s"\n' "$bench_port" "$path" "$bench_dir/out" "$name" >&5
  done 3>"$bench_dir/$1.list" 4>"$bench_dir/$1.curl" 5>"$bench_dir/$1.native"
}

make_bench_lists() {
  local i
  echo 'large large' | bench_list large
  echo 'huge huge' | bench_list huge
  for ((i = 1; i <= 200; i++)); do echo "medium/$i m$i"; done | bench_list medium
  cp "$bench_dir/medium.list" "$bench_dir/jobs.list"
  for ((i = 1; i <= 2000; i++)); do echo "small/$i s$i"; done | bench_list small
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

# ---- One client at one workload ----

# Lines "process ticks": the CPU time so far of all that live in the Wine prefix, the server and BITS' own among them.
prefix_cpu() {
  local process
  for process in $(grep -lsz "^WINEPREFIX=$WINEPREFIX\$" /proc/[0-9]*/environ); do
    sed 's/^\([0-9]*\) .*) /\1 /' "${process%environ}stat" 2>/dev/null || true
  done | awk '{ print $1, $13 + $14 }'
}

# CPU seconds spent between two outputs of prefix_cpu.
cpu_between() {
  awk -v tick="$(getconf CLK_TCK)" 'NR == FNR { before[$1] = $2; next } { sum += $2 - before[$1] } END { printf "%.2f\n", sum / tick }' \
    "$1" "$2"
}

# bench_client WHO WORKLOAD: prints pairs "figure value".
bench_client() {
  local workload=$2 programs=$root/build/mingw-release/bin started
  local list=$bench_dir/$workload.list
  case $1 in
    raw) wine "$programs/bench_raw.exe" "$list" ;;
    winhttp) wine "$programs/bench_winhttp.exe" "$list" ;;
    url) wine "$programs/bench_url.exe" "$list" ;;
    dosvc | bits)
      case $workload in
        rates) wine "$programs/bench_scale.exe" rates "$1" "$bench_out" 2000 ;;
        jobs) wine "$programs/bench_com.exe" "$1" "$list" 4 ;;
        *) wine "$programs/bench_com.exe" "$1" "$list" ;;
      esac
      ;;
    curl | native)
      started=$EPOCHREALTIME
      if [ "$1" = curl ]; then
        wine "$deps_prefix/bin/curl.exe" -s -f -Z --parallel-max 8 -K "$bench_dir/$workload.curl"
      else
        curl -s -f -Z --parallel-max 8 -K "$bench_dir/$workload.native"
      fi
      awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "transfer %.4f\n", b - a }'
      ;;
  esac
}

# An empty folder for what is to come. Thousands of files that were there are not deleted before the end of the run: a disk without a journal (ext4 has it so)
# goes past all that was deleted in the last minutes for each file that is made, and whoever comes next would pay for it.
empty_out() {
  mkdir -p "$bench_dir/old"
  if [ -d "$bench_dir/out" ] && [ "$(find "$bench_dir/out" | wc -l)" -gt 1000 ]; then
    mv "$bench_dir/out" "$(mktemp -d "$bench_dir/old/XXXXXX")"
  fi
  rm -rf "$bench_dir/out"
  mkdir -p "$bench_dir/out"
}

# bench_once WHO WORKLOAD: adds "who workload figure value" lines to the results.
bench_once() {
  local who=$1 workload=$2 line own
  empty_out
  prefix_cpu >"$bench_dir/cpu.before"
  TIMEFORMAT='%U %S'
  line=$({ time timeout 900 bash -c "$(declare -f bench_client); bench_client $who $workload" 2>>"$bench_dir/errors"; } 2>"$bench_dir/own") || line=
  [ -n "$line" ] || die "$who failed at the workload $workload: $(tail -n 3 "$bench_dir/errors")"
  own=$(awk '{ print $1 + $2 }' "$bench_dir/own")
  prefix_cpu >"$bench_dir/cpu.after"
  line+=" cpu $(awk -v own="$own" -v others="$(cpu_between "$bench_dir/cpu.before" "$bench_dir/cpu.after")" \
    'BEGIN { printf "%.2f", own + others }')"
  tr -d '\r\n' <<<"$line" | awk -v who="$who" -v workload="$workload" \
    '{ for (i = 1; i < NF; i += 2) print who, workload, $i, $(i + 1) }' >>"$bench_dir/results"
}

# bench_figures WORKLOAD ARGUMENT...: what bench_scale prints, as figures of dosvc.
bench_figures() {
  local workload=$1
  shift
  timeout 900 wine "$root/build/mingw-release/bin/bench_scale.exe" "$@" 2>>"$bench_dir/errors" | tr -d '\r' |
    awk -v workload="$workload" '{ for (i = 1; i < NF; i += 2) print "dosvc", workload, $i, $(i + 1) }' >>"$bench_dir/results"
}

# What the disk and Wine take of what every client needs.
bench_floor() {
  empty_out
  bench_figures floor floor "$bench_out" 2000
}

# What grows with the queue.
bench_scaling() {
  local url=http://127.0.0.1:$bench_port/small/1
  empty_out
  bench_figures scale files "$url" "$bench_out" "$@"
  bench_figures scale reopen
  bench_figures scale jobs "$url" "$bench_out" 10 100 1000 10000
  bench_figures emptied reopen
}

bench_huge() {
  bench_once dosvc huge
  cmp "$bench_dir/www/huge" "$bench_dir/out/huge" && echo "dosvc huge exact 1" >>"$bench_dir/results" ||
    echo "dosvc huge exact 0" >>"$bench_dir/results"
  rm -f "$bench_dir/out/huge"
}

prepare_bench() {
  need_packages build wine test bench
  need_deps
  need_sources_built curl
  build_out
  step build-bench configure_and_build mingw-release bench
  need_wine_template
  # The prefix too: BITS and our queue write there.
  wine_dir=$bench_dir
  rm -rf "$bench_dir"
  mkdir -p "$bench_dir"
  export bench_dir bench_port deps_prefix root
  bench_out=$(windows_path "$bench_dir/out")
  export bench_out
  step bench-files make_bench_files "$1"
  make_bench_lists
  start_bench_origin
  new_prefix bench
  step register wine regsvr32 /s "$(windows_path "$root/out/bin/Dosvc.dll")"
}

# bench [--quick] [--dir DIR] [--json FILE]
command_bench() {
  local rounds=5 size=1073741824 is_quick='' json='' who workload round
  while [ $# -ne 0 ]; do
    case $1 in
      --quick) is_quick=1 rounds=2 size=268435456 ;;
      --dir)
        [ $# -gt 1 ] || die "--dir wants a folder"
        bench_dir=$(cd "$caller_dir" && realpath -m "$2")/dosvc-bench
        shift
        ;;
      --json)
        [ $# -gt 1 ] || die "--json wants a file"
        json=$(cd "$caller_dir" && realpath -m "$2")
        shift
        ;;
      *) die "bench knows --quick, --dir DIR and --json FILE" ;;
    esac
    shift
  done
  prepare_bench "$size"
  for ((round = 1; round <= rounds; round++)); do
    for workload in large medium small jobs rates; do
      for who in native raw winhttp curl dosvc bits url; do
        case $workload-$who in
          jobs-dosvc | jobs-bits | rates-dosvc | rates-bits) ;;
          jobs-* | rates-*) continue ;;
        esac
        # The slowest ones say no more in every round.
        [ "$who" != url ] || [ "$round" -eq 1 ] || continue
        [ -z "$is_quick" ] || [ "$who" != bits ] || [ "$round" -eq 1 ] || continue
        bench_once "$who" "$workload"
      done
    done
    echo "round $round of $rounds"
  done
  bench_floor
  if [ -z "$is_quick" ]; then
    bench_scaling 10 1000 10000 100000
    bench_huge
  fi
  awk -f "$root/bench/report.awk" "$root/bench/targets.tsv" "$bench_dir/results"
  [ -z "$json" ] || awk -v json=1 -f "$root/bench/report.awk" "$root/bench/targets.tsv" "$bench_dir/results" >"$json"
  rm -rf "$bench_dir/www" "$bench_dir/out" "$bench_dir/old"
}
