#!/usr/bin/env bash
# Authentication: log in, use the token, refresh it, log out.
#
#   OSPREY_EMAIL=... OSPREY_PASSWORD=... docs/examples/01-authentication.sh
#
# Nothing here is hidden in common.sh, so that you see every call.
set -euo pipefail

url=${OSPREY_URL:-http://127.0.0.1:8080}
url=${url%/}
: "${OSPREY_EMAIL:?set it to the e-mail address of a user}"
: "${OSPREY_PASSWORD:?set it to the password of that user}"

# Log in. The body goes through a pipe, not through an argument: other users of this
# machine see arguments in the list of processes.
session=$(jq --null-input '{credentials: {email: env.OSPREY_EMAIL, password: env.OSPREY_PASSWORD}}' |
	curl --silent --show-error --fail "$url/api/authorize/auth/" --header 'Content-Type: application/json' --data-binary @-)

# The answer says who you are. access_token is what every further call carries;
# expire_token does one thing only, it refreshes.
jq --raw-output '"logged in as \(.user.user_type)"' <<<"$session"
access=$(jq --raw-output .access_token <<<"$session")
refresh=$(jq --raw-output .expire_token <<<"$session")

# "Authorization: Bearer ..." would do as well.
header() { printf 'X-Forensic-Access-Token: %s\n' "$access"; }

# A session ends 15 minutes after its last call, unless the server is set otherwise.
jq --raw-output '"without a call the session ends in \((.expire_date - now) / 60 | round) minutes"' <<<"$session"

# A call with the token.
curl --silent --show-error --fail "$url/api/companies/" --header @<(header) | jq --raw-output '"companies that I may see: \(.total)"'

# Refresh gives two new tokens. The old ones end with the first call that uses the new
# ones, so that an answer that got lost locks nobody out.
session=$(jq --null-input --arg token "$refresh" '{expire_token: $token}' |
	curl --silent --show-error --fail "$url/api/authorize/refresh/" --header @<(header) --header 'Content-Type: application/json' --data-binary @-)
access=$(jq --raw-output .access_token <<<"$session")
echo 'refreshed'

# Log out. Whoever has the token from now on has nothing.
curl --silent --show-error --fail --request POST "$url/api/authorize/logout/" --header @<(header) >/dev/null
status=$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/api/companies/" --header @<(header))
echo "logged out: the same call is answered $status"
