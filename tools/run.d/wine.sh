# shellcheck shell=bash
# Wine, in prefixes of our own under .wine/: a template made once and copies of it, one per purpose. The user's own prefix
# is never touched, and no process of ours outlives the command.

wine_dir=$root/.wine
wine_template=$wine_dir/template

# Needs no display. Without "winedbg.exe=" a crashed program starts the debugger and can end with exit code 0. mscoree and
# mshtml would offer to download Mono and Gecko.
export WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe,winemenubuilder.exe="
unset DISPLAY WAYLAND_DISPLAY
export WINEARCH=win64
# In the plain C locale Wine makes no file whose name has more than ASCII in it.
export LC_ALL=C.UTF-8

stop_wine() {
  local prefix=$1
  [ -d "$prefix" ] || return 0
  WINEPREFIX=$prefix timeout 20 wineserver -k 9>&- 2>/dev/null || true
  WINEPREFIX=$prefix timeout 20 wineserver -w 9>&- 2>/dev/null || true
}

make_template() {
  local making=$wine_dir/template.new
  rm -rf "$making"
  mkdir -p "$wine_dir"
  WINEPREFIX=$making timeout 300 wineboot --init
  # The registry is written when the server ends.
  WINEPREFIX=$making timeout 60 wineserver -w
  mv "$making" "$wine_template"
}

need_wine_template() {
  # Another Wine would upgrade each copy anew, which takes as long as making one.
  local version
  version=$(wine --version)
  if [ "$(cat "$wine_template/.made-by" 2>/dev/null)" != "$version" ]; then
    rm -rf "$wine_template"
    at_exit stop_wine "$wine_dir/template.new"
    step wine-prefix make_template
    echo "$version" >"$wine_template/.made-by"
  fi
}

# new_prefix NAME [TEMPLATE]: makes a fresh copy of the template (stopped and removed at the end of this process) and lets
# every Wine program from here on use it.
new_prefix() {
  local template=${2:-$wine_template}
  export WINEPREFIX=$wine_dir/$1
  at_exit drop_prefix "$WINEPREFIX"
  drop_prefix "$WINEPREFIX"
  cp -a --reflink=auto "$template" "$WINEPREFIX"
  # It stays until stop_wine: left to itself the server ends with the last program, and one that comes at that moment finds a server that
  # goes ("wine client error: recvmsg").
  wineserver -p 9>&- >/dev/null 2>&1
}

# shared_prefix NAME: the same, but what is there already is taken as it is.
shared_prefix() {
  if [ -d "$wine_dir/$1" ]; then
    export WINEPREFIX=$wine_dir/$1
  else
    new_prefix "$1"
  fi
}

drop_prefix() {
  stop_wine "$1"
  rm -rf "$1"
}

# windows_path FILE: as programs under Wine see it. Every prefix has drive Z: for the root of the file system, and doing it
# here saves starting winepath.
windows_path() {
  local path
  path=$(realpath -m "$1")
  echo "Z:${path//\//\\}"
}
