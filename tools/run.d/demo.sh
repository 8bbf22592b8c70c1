# shellcheck shell=bash
# A download through the registered DLL, in a Wine prefix of its own.

demo_dir=$root/build/demo
# Sizes in bytes, 64 MiB in all; not round ones, so that no file ends with a buffer.
demo_sizes=(33554432 20971520 12582907 5)

make_demo_files() {
  local size i=0
  rm -rf "$demo_dir"
  mkdir -p "$demo_dir/served" "$demo_dir/received"
  for size in "${demo_sizes[@]}"; do
    i=$((i + 1))
    head -c "$size" /dev/urandom >"$demo_dir/served/file-$i.bin"
  done
  (cd "$demo_dir/served" && sha256sum -- *.bin) >"$demo_dir/SHA256SUMS"
}

# The bar is asked for, and drawn through a pipe: on a terminal itself Wine would put its own console between.
doctl_download() {
  local progress=lines
  [ ! -t 1 ] || progress=bar
  in_group piped wine "$root/out/bin/doctl.exe" download "--progress=$progress" "$@" || die "doctl failed with exit code $?"
}

piped() {
  "$@" 8>&- 2>&1 | cat
}

demo_of_our_own() {
  local file arguments=()
  step demo-files make_demo_files
  start_origin "$root/build/mingw-release/bin/origin.exe" "$demo_dir" --root "$(windows_path "$demo_dir/served")"
  for file in "$demo_dir"/served/*.bin; do
    arguments+=("$origin_url/$(basename "$file")" "$(windows_path "$demo_dir/received/$(basename "$file")")")
  done
  doctl_download "${arguments[@]}"
  end_origin
  (cd "$demo_dir/received" && sha256sum --check --quiet ../SHA256SUMS) || die "what arrived is not what was served"
  echo "demo: ${#demo_sizes[@]} files, 64 MiB, SHA-256 verified"
}

demo_of_url() {
  local url=$1 file=${2:-} name
  if [ -z "$file" ]; then
    name=${url%%[?#]*}
    name=${name#*://}
    case $name in */*) file=${name##*/} ;; esac
    [ -n "$file" ] || die "the URL names no file; say where to put it: ./run demo URL FILE"
  fi
  # Relative to where the user is, not to the project.
  case $file in /*) ;; *) file=$caller_dir/$file ;; esac
  doctl_download "$url" "$(windows_path "$file")"
  echo "demo: $file, $(stat -c %s "$file") bytes, SHA-256 $(sha256sum <"$file" | cut -d ' ' -f 1)"
}

command_demo() {
  need_packages build wine test
  need_deps
  need_wine_template
  build_out
  new_prefix demo
  step register wine regsvr32 /s "$(windows_path "$root/out/bin/Dosvc.dll")"
  if [ $# -eq 0 ]; then
    demo_of_our_own
  else
    demo_of_url "$@"
  fi
}
