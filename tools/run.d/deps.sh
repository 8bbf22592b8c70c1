# shellcheck shell=bash
# The libraries for the Windows target, built from Debian's source packages into .deps/windows. The upstream version and
# the SHA-256 of its tarball are pinned; Debian's revision is not, because revisions move and old ones vanish.

deps_suite=bookworm
deps_sources=$root/.deps/src
deps_prefix=$root/.deps/windows
deps_fuzzed=$root/.deps/fuzzed

cmocka_version=1.1.5
cmocka_sha256=f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6
sqlite3_version=3.40.1
sqlite3_sha256=aaa776260ab4dc976db34aa7891819484c8676b5b2783123ebc6301e2ca5d655
cjson_version=1.7.15
cjson_sha256=5308fd4bd90cef7aa060558514de6a1a4a0819974a26e6ed13973c5f624c24b2

# One connection is used from several threads, under a lock of ours: serialized mode costs little and forgives more.
# DQS=0: a misspelt column is an error, not a string. No extension loading: the database is not a way to run code.
# NO_OVERLAPPED: Wine asks its server once for every overlapped read and write, which halves the speed of everything.
sqlite3_options=(-DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DEFAULT_MEMSTATUS=0
  -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE
  -DSQLITE_WIN32_NO_OVERLAPPED)

# Where this machine gets Debian from: the URIs of all sources whose suite is a plain Debian release with the section
# main (a mirror carries all releases, so any of them has ours), one per line.
system_mirrors() {
  local files=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list) deb822=(/etc/apt/sources.list.d/*.sources) file
  for file in "${files[@]}"; do
    [ -r "$file" ] || continue
    sed -E 's/#.*//; s/\[[^]]*\]//' "$file" |
      awk '$1 == "deb" && $3 ~ /^(buster|bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$/ &&
           / main( |$)/ { print $2 }'
  done
  for file in "${deb822[@]}"; do
    [ -r "$file" ] || continue
    # A field may go on in following lines that begin with a blank; stanzas are parted by empty lines.
    awk '
      function flush(   n, i, u) {
        if (types ~ /(^| )deb( |$)/ && tolower(enabled) !~ /no|false/ && components ~ /(^| )main( |$)/ &&
            suites ~ /(^| )(buster|bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)( |$)/) {
          n = split(uris, u, " ")
          for (i = 1; i <= n; i++) print u[i]
        }
        types = suites = components = uris = enabled = ""
      }
      /^#/ { next }
      /^[ \t]*$/ { flush(); next }
      /^[^ \t]/ { field = tolower($1); sub(/:.*/, "", field); sub(/^[^:]*:[ \t]*/, "") }
      { gsub(/[ \t]+/, " ") }
      field == "types" { types = types " " $0 }
      field == "uris" { uris = uris " " $0 }
      field == "suites" { suites = suites " " $0 }
      field == "components" { components = components " " $0 }
      field == "enabled" { enabled = enabled " " $0 }
      END { flush() }' "$file"
  done
}

debian_keyring() {
  local keyring
  for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [ -r "$keyring" ]; then
      echo "$keyring"
      return
    fi
  done
  echo "no keyring of the Debian archive in /usr/share/keyrings (package debian-archive-keyring)" >&2
  return 1
}

# apt with a source list and state of its own: nothing of the system is read but its proxy settings, and nothing changed.
deps_apt() {
  local program=$1 state=$root/.deps/apt
  shift
  "$program" -q -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Retries=3 "$@"
}

# fetch_source PACKAGE VERSION: the upstream tarball, from whichever revision of the package carries it.
fetch_source() {
  local package=$1 version=$2 revision
  revision=$(deps_apt apt-cache showsrc "$package" | sed -n "s/^Version: \(${version//./\\.}-.*\)$/\1/p" | tail -n 1)
  if [ -z "$revision" ]; then
    echo "the archive has no $package $version" >&2
    return 1
  fi
  (cd "$deps_sources" && deps_apt apt-get source --download-only --only-source "$package=$revision")
}

# tarball_of PACKAGE: its upstream tarball. Version and SHA-256 are the variables PACKAGE_version and PACKAGE_sha256.
tarball_of() {
  local version=$1_version file
  for file in "$deps_sources/$1_${!version}.orig.tar."{xz,gz}; do
    [ ! -e "$file" ] || break
  done
  echo "$file"
}

have_sources() {
  local package sha256
  for package in "$@"; do
    sha256=${package}_sha256
    echo "${!sha256}  $(tarball_of "$package")" | sha256sum --check --status 2>/dev/null || return
  done
}

# fetch_all PACKAGE...: from the archive whose list was just read.
fetch_all() {
  local package version
  for package in "$@"; do
    version=${package}_version
    fetch_source "$package" "${!version}" || return
  done
}

# fetch_sources PACKAGE...
fetch_sources() {
  local keyring mirror
  keyring=$(debian_keyring)
  mkdir -p "$root/.deps/apt/lists/partial" "$root/.deps/apt/cache/archives/partial" "$deps_sources"
  # deb.debian.org when the machine's own mirror fails; archive.debian.org for the time when the release is retired.
  while read -r mirror; do
    echo "trying $mirror"
    echo "deb-src [signed-by=$keyring] $mirror $deps_suite main" >"$root/.deps/apt/sources.list"
    if deps_apt apt-get update -o APT::Update::Error-Mode=any &&
      fetch_all "$@" && have_sources "$@"; then
      return 0
    fi
  done < <(system_mirrors | awk '!/^cdrom:/ && !seen[$0]++'
    echo http://deb.debian.org/debian
    echo http://archive.debian.org/debian)
  echo "no mirror has the pinned sources with the right SHA-256" >&2
  return 1
}

unpack() {
  local directory=$root/.deps/build/$1 tarball
  tarball=$(tarball_of "$1")
  rm -rf "$directory"
  mkdir -p "$directory"
  tar -xf "$tarball" -C "$directory" --strip-components=1
}

windows_gcc() {
  command -v x86_64-w64-mingw32-gcc-posix || command -v x86_64-w64-mingw32-gcc
}

build_cmocka() {
  unpack cmocka
  cd "$root/.deps/build/cmocka" || return
  cmake -G Ninja -B build --toolchain "$root/cmake/mingw-w64-x86_64.cmake" -DCMAKE_BUILD_TYPE=Release \
    -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF -DPICKY_DEVELOPER=OFF
  cmake --build build --target cmocka-static
  install -D -m 644 include/cmocka.h "$deps_prefix/include/cmocka.h"
  install -D -m 644 build/src/libcmocka-static.a "$deps_prefix/lib/libcmocka-static.a"
}

build_sqlite3() {
  local gcc
  gcc=$(windows_gcc)
  unpack sqlite3
  cd "$root/.deps/build/sqlite3" || return
  # Natively, only to have the one big source file put together.
  ./configure --disable-tcl --disable-readline
  make sqlite3.c
  "$gcc" -O2 "-ffile-prefix-map=$PWD=sqlite3" "${sqlite3_options[@]}" -c sqlite3.c -o sqlite3.o
  rm -f libsqlite3.a
  x86_64-w64-mingw32-ar rcsD libsqlite3.a sqlite3.o
  install -D -m 644 sqlite3.h "$deps_prefix/include/sqlite3.h"
  install -D -m 644 libsqlite3.a "$deps_prefix/lib/libsqlite3.a"
}

build_cjson() {
  local gcc
  gcc=$(windows_gcc)
  unpack cjson
  cd "$root/.deps/build/cjson" || return
  # The depth of a hostile text is that of a thread's stack. HIDE_SYMBOLS: nothing of it is an export of the DLL.
  "$gcc" -O2 "-ffile-prefix-map=$PWD=cjson" -DCJSON_NESTING_LIMIT=32 -DCJSON_HIDE_SYMBOLS -c cJSON.c -o cJSON.o
  rm -f libcjson.a
  x86_64-w64-mingw32-ar rcsD libcjson.a cJSON.o
  install -D -m 644 cJSON.h "$deps_prefix/include/cjson/cJSON.h"
  install -D -m 644 libcjson.a "$deps_prefix/lib/libcjson.a"
  install -D -m 644 LICENSE "$deps_prefix/share/licenses/cjson/LICENSE"
}

# For this machine, as libFuzzer and the sanitizers want it.
build_cjson_fuzzed() {
  unpack cjson
  cd "$root/.deps/build/cjson" || return
  clang -O1 -g "-ffile-prefix-map=$PWD=cjson" -fsanitize=fuzzer-no-link,address,undefined -DCJSON_NESTING_LIMIT=32 \
    -DCJSON_HIDE_SYMBOLS -c cJSON.c -o cJSON.o
  rm -f libcjson.a
  ar rcsD libcjson.a cJSON.o
  install -D -m 644 cJSON.h "$deps_fuzzed/include/cjson/cJSON.h"
  install -D -m 644 libcjson.a "$deps_fuzzed/lib/libcjson.a"
  install -D -m 644 LICENSE "$deps_fuzzed/share/licenses/cjson/LICENSE"
}

# What a library was built from and how; it is built again when the pin, the commands or the compiler change.
recipe() {
  local sha256=${1%_fuzzed}_sha256 compiler
  case $1 in
    *_fuzzed) compiler=clang ;;
    *) compiler=$(windows_gcc) ;;
  esac
  {
    echo "${!sha256} ${sqlite3_options[*]}"
    declare -f unpack "build_$1"
    "$compiler" --version
  } | sha256sum
}

# need_sources_built PACKAGE...: each built and put into its place by the function build_PACKAGE. PACKAGE_fuzzed is another build of PACKAGE.
need_sources_built() {
  local package wanted
  for package in "$@"; do
    wanted=$(recipe "$package")
    [ "$(cat "$deps_prefix/.$package" 2>/dev/null)" != "$wanted" ] || continue
    have_sources "${package%_fuzzed}" || step "fetch-${package%_fuzzed}" fetch_sources "${package%_fuzzed}"
    step "$package" "build_$package"
    mkdir -p "$deps_prefix"
    echo "$wanted" >"$deps_prefix/.$package"
  done
  rm -rf "$root/.deps/build"
}

need_deps() {
  need_sources_built cmocka sqlite3 cjson
}
