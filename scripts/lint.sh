#!/usr/bin/env bash
# Runs golangci-lint at the pinned version ($1): the one of .cache/bin, PATH or
# GOPATH when it has that version, else it is built into .cache/bin first.
set -euo pipefail
version=$1
shift

find_linter() {
	local candidate
	for candidate in .cache/bin/golangci-lint "$(command -v golangci-lint || true)" "$(go env GOPATH)/bin/golangci-lint"; do
		[ -x "$candidate" ] || continue
		if "$candidate" version 2>/dev/null | grep -q "version v\?$version "; then
			printf '%s\n' "$candidate"
			return
		fi
	done
}

linter=$(find_linter)
if [ -z "$linter" ]; then
	echo "lint: building golangci-lint $version (about two minutes, once)"
	GOBIN="$PWD/.cache/bin" GOFLAGS='' go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$version"
	linter=.cache/bin/golangci-lint
fi

"$linter" config verify
"$linter" run --allow-parallel-runners "$@"

if command -v shellcheck >/dev/null; then
	mapfile -t scripts < <(git ls-files '*.sh' .ci/run 2>/dev/null)
	[ ${#scripts[@]} -eq 0 ] || shellcheck "${scripts[@]}"
fi

# The limit of a file's length is a promise to readers, generated code apart.
long=$(git ls-files '*.go' 2>/dev/null | grep -v '^internal/store/query/' | xargs -r wc -l | awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines, 500 are the limit"}')
if [ -n "$long" ]; then
	printf '%s\n' "$long" >&2
	exit 1
fi
