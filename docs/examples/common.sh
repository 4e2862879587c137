# shellcheck shell=bash
# What the examples share: where the server is, who calls, and a call that tells
# when it was refused. 01-authentication.sh does the same by hand.
#
#   OSPREY_URL                      base address, default http://127.0.0.1:8080
#   OSPREY_EMAIL, OSPREY_PASSWORD   a user with the role CLIENT_ADMIN
set -euo pipefail

url=${OSPREY_URL:-http://127.0.0.1:8080}
url=${url%/}
: "${OSPREY_EMAIL:?set it to the e-mail address of a user}"
: "${OSPREY_PASSWORD:?set it to the password of that user}"

# What a script puts into $work is gone when it ends.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# api METHOD PATH [curl arguments] makes a call and prints the answer. The token goes
# through a file: arguments are visible in the list of processes.
api() {
	local method=$1 path=$2 answer
	shift 2
	answer=$(curl --silent --show-error --fail-with-body --globoff --max-time 120 \
		--request "$method" --header @"$work/token" "$@" "$url$path") || {
		printf '%s %s failed: %s\n' "$method" "$path" "$answer" >&2
		return 1
	}
	[ -z "$answer" ] || printf '%s\n' "$answer"
}

# json METHOD PATH makes a call whose body, JSON, comes from standard input.
json() { api "$@" --header 'Content-Type: application/json' --data-binary @-; }

# login puts a fresh token into $work/token.
login() {
	local token
	: >"$work/token"
	token=$(jq --null-input '{credentials: {email: env.OSPREY_EMAIL, password: env.OSPREY_PASSWORD}}' |
		json POST /api/authorize/auth/ | jq --raw-output .access_token)
	printf 'X-Forensic-Access-Token: %s\n' "$token" >"$work/token"
}

login
