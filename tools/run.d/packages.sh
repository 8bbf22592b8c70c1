# shellcheck shell=bash
# What must be installed on the machine: with apt on Debian and its kin, elsewhere only named.

# git, ca-certificates: for whoever has the sources as an archive. g++-mingw: a test compiles the header as C++.
build_packages=(gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 mingw-w64-tools cmake ninja-build gcc libc6-dev make tcl
  xz-utils ca-certificates debian-archive-keyring)
wine_packages=(wine wine64)
# nginx, openssl: servers that speak TLS.
test_packages=(libcmocka-dev nginx-light openssl)
bench_packages=(nginx-light curl)
# llvm: names and lines in the reports of the sanitizers.
fuzz_packages=(clang libclang-rt-dev llvm binutils cmake ninja-build libc6-dev xz-utils ca-certificates
  debian-archive-keyring)
ci_packages=(git clang clang-format clang-tidy cppcheck mingw-w64-common shellcheck)

# The same needs, as programs, for systems without apt.
build_programs=(x86_64-w64-mingw32-gcc x86_64-w64-mingw32-widl cmake ninja)
wine_programs=(wine wineserver)
test_programs=(gcc nginx openssl)
bench_programs=(nginx curl)
fuzz_programs=(clang cmake ninja)
ci_programs=(git clang clang-format clang-tidy cppcheck shellcheck)

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt_install() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  # The lists may be missing or older than the archive: update once, but only when something is to be installed.
  as_root "${apt[@]}" update
  as_root "${apt[@]}" install --no-install-recommends "$@"
}

need_programs() {
  local program missing=()
  for program in "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} -eq 0 ] ||
    die "this system has no apt; please install the programs that are missing: ${missing[*]}"
}

# need_packages GROUP...: groups as named above (build, wine, test, ...).
need_packages() {
  local group package missing=()
  for group in "$@"; do
    local -n packages=${group}_packages programs=${group}_programs
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
      need_programs "${programs[@]}"
      continue
    fi
    for package in "${packages[@]}"; do
      is_installed "$package" || missing+=("$package")
    done
  done
  [ ${#missing[@]} -ne 0 ] || return 0
  echo "installing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "need root or sudo to install: ${missing[*]}"
    # Ask for the password here, where the question is seen, not inside a step.
    sudo -n true 2>/dev/null || sudo -v || die "cannot become root to install: ${missing[*]}"
  fi
  step packages apt_install "${missing[@]}"
}
