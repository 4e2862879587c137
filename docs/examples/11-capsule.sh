#!/usr/bin/env bash
# Capsule: an upload that is signed where it is captured, and taken once. This runs the
# shell commands of docs/capsule.md as they stand there; read them on that page.
#
#   docs/examples/11-capsule.sh selfie.jpg
#
# It needs openssl, xxd and zip beside curl and jq.
# shellcheck disable=SC2016 # the marks of the page are no commands of this shell
photo=${1:-${PHOTO:?give the path of a selfie}}
page=$(cd "$(dirname "$0")/.." && pwd)/capsule.md
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# The commands want the photo in media/selfie.jpg, and these two variables.
mkdir "$work/media"
cp "$photo" "$work/media/selfie.jpg"
TOKEN=$(sed 's/^[^:]*: //' "$work/token")
export TOKEN SERVER=$url

# What stands between "```sh" and "```".
sed -n '/^```sh$/,/^```$/p' "$page" | sed '/^```/d' >"$work/capsule.sh"
folder=$(cd "$work" && bash -euo pipefail capsule.sh)
jq --raw-output '.media[] | "taken: \(.media_key), \(.media_type)"' <<<"$folder"

# The same capsule again: its session token is used up.
status=$(curl --silent --output "$work/refusal" --write-out '%{http_code}' --header @"$work/token" \
	--header 'Content-Type: application/octet-stream' --data-binary @"$work/capsule.zip" "$url/api/folders/")
echo "sent again: $status, $(jq --raw-output .details.reason "$work/refusal")"

api DELETE "/api/folders/$(jq --raw-output .folder_id <<<"$folder")/"
