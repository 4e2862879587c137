#!/usr/bin/env bash
# Checks what the build needs and installs the Debian packages that are
# missing, and tools that are given by name. Does nothing, and asks nobody, when
# everything is there.
set -euo pipefail

die() {
	printf 'prepare: %s\n' "$*" >&2
	exit 1
}

command -v go >/dev/null || die "Go 1.26 or later is needed (https://go.dev/dl)"
command -v npm >/dev/null || die "Node with npm is needed: the model pack comes out of npm packages"

missing=()
# The C library's headers come with their own package, which a bare gcc lacks.
command -v "${CC:-gcc}" >/dev/null || missing+=(gcc libc6-dev)
if command -v "${CC:-gcc}" >/dev/null; then
	printf '#include <stdlib.h>\n' | "${CC:-gcc}" -E - >/dev/null 2>&1 || missing+=(libc6-dev)
	printf '#include <stdio.h>\n#include <turbojpeg.h>\n' | "${CC:-gcc}" -E - >/dev/null 2>&1 || missing+=(libturbojpeg0-dev)
else
	missing+=(libturbojpeg0-dev)
fi
command -v ffmpeg >/dev/null || missing+=(ffmpeg) # decodes videos, and makes the clips of tests
for tool in "$@"; do # the program, or PROGRAM:PACKAGE
	command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || die "install these (Debian names), then run make again: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "run as root: apt-get install ${missing[*]}"
	as_root=(sudo)
fi
printf 'prepare: installing %s\n' "${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
