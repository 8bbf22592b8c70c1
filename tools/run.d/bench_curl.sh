# shellcheck shell=bash
# curl.exe, a peer of the bench: built from Debian's source package with Windows' own TLS, HTTP alone.

curl_version=7.88.1
curl_sha256=cdb38b72e36bc5d33d5b8810f8018ece1baa29a8f215b4495e495ded82bbf3c7

build_curl() {
  unpack curl
  cd "$root/.deps/build/curl" || return
  cmake -G Ninja -B build --toolchain "$root/cmake/mingw-w64-x86_64.cmake" -DCMAKE_BUILD_TYPE=Release \
    -DCURL_USE_SCHANNEL=ON -DHTTP_ONLY=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF \
    -DCURL_ZLIB=OFF -DUSE_WIN32_IDN=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF -DUSE_NGHTTP2=OFF
  cmake --build build --parallel "$jobs" --target curl
  install -D -m 755 build/src/curl.exe "$deps_prefix/bin/curl.exe"
}
