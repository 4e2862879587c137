#!/usr/bin/env bash
# Retries: no answer came, was it done? With a key a request can be sent again: its
# effect happens once. See docs/retries.md.
#
#   docs/examples/14-retries.sh selfie.jpg
photo=${1:-${PHOTO:?give the path of a selfie}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# One key for one thing that you want done, whatever the number of tries.
key=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')

upload() { api POST /api/folders/ --header "Idempotency-Key: $key" --dump-header "$work/headers" --form selfie=@"$1"; }

first=$(upload "$photo" | jq --raw-output .folder_id)
echo 'uploaded'

# As if the answer had been lost: the same request with the same key.
again=$(upload "$photo" | jq --raw-output .folder_id)
[ "$first" = "$again" ]
echo 'sent again: the same folder'
grep --ignore-case '^Idempotent-Replayed:' "$work/headers" | tr -d '\r'

# The same key for something else is a mistake, and is refused: 409.
status=$(curl --silent --output "$work/refusal" --write-out '%{http_code}' --header @"$work/token" \
	--header "Idempotency-Key: $key" --form another=@"$photo" "$url/api/folders/")
echo "another request with that key: $status, $(jq --raw-output .details.reason "$work/refusal")"

api DELETE "/api/folders/$first/"
