#!/usr/bin/env bash
# Instant: the same as a single request, and nothing is stored. No file, no row, no log
# line holds what was sent; the answer is all there is.
#
#   docs/examples/10-instant.sh selfie.mp4 selfie.jpg [best-shot.jpg]
video=${1:-${VIDEO:?give the path of a selfie video}}
photo=${2:-${PHOTO:?give the path of a selfie of that person}}
out=${3:-instant-best-shot.jpg}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

count() { api GET '/api/folders/?limit=0' | jq .total; }
before=$(count)

# The payload is that of a single request. Lists cannot be searched here: a result that
# names a person must be kept.
answer=$(api POST /api/instant/folders/ --form video=@"$video" --form selfie=@"$photo" --form 'payload={
	"media:tags": {"video": ["video_selfie", "video_selfie_blank"], "selfie": ["photo_selfie"]},
	"analyses": [{"type": "QUALITY", "source_media": ["video"]}, {"type": "BIOMETRY"}]}')

jq --raw-output '.analyses[] | "\(.type): \(.resolution_status)"' <<<"$answer"

# There is nothing to link to, so the best shot comes within the answer.
jq --raw-output '.analyses[0].results_media[0].output_images[0].original_url // error("no best shot") |
	ltrimstr("data:image/jpeg;base64,")' <<<"$answer" |
	base64 --decode >"$out"
echo "best shot: $out, $(wc -c <"$out" | tr -d ' ') bytes"

# The ids of the answer join its parts and exist nowhere else.
status=$(curl --silent --output /dev/null --write-out '%{http_code}' --header @"$work/token" \
	"$url/api/folders/$(jq --raw-output .folder_id <<<"$answer")/")
echo "its folder_id is answered $status"
echo "folders before $before, after $(count)"
