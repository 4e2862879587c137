#!/usr/bin/env bash
# Single request: upload, liveness and matching in one call that answers with the
# verdicts.
#
#   docs/examples/09-single-request.sh selfie.mp4 passport.jpg
video=${1:-${VIDEO:?give the path of a selfie video}}
id_photo=${2:-${ID_PHOTO:?give the path of a photo of an identity document of that person}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# "analyses" in the payload makes it a single request. There are no media ids yet, so
# source_media names the parts of the form. Without source_media an analysis takes all
# media that fit.
folder=$(api POST /api/folders/ --form video=@"$video" --form document=@"$id_photo" --form 'payload={
	"media:tags": {"video": ["video_selfie", "video_selfie_blank"], "document": ["photo_id_front"]},
	"analyses": [
		{"type": "QUALITY", "source_media": ["video"]},
		{"type": "BIOMETRY", "source_media": ["video", "document"]},
		{"type": "DOCUMENTS", "source_media": ["document"]}]}')
id=$(jq --raw-output .folder_id <<<"$folder")

# After 60 seconds the answer comes even if the work is not done. Then wait on the folder;
# the loop ends at once when all is done.
while [ "$(jq --raw-output .resolution_status <<<"$folder")" = PROCESSING ]; do
	folder=$(api GET "/api/folders/$id/?wait=60")
done

jq --raw-output '.analyses[] | "\(.type): \(.resolution_status)"' <<<"$folder"

# The folder has one verdict over all: the worst.
jq --raw-output '"all in all: \(.system_resolution)"' <<<"$folder"

# The machine-readable zone of the document comes with it.
jq --raw-output '.analyses[] | select(.type == "DOCUMENTS") | .results_data.text_fields[] |
	select(.field_name | IN("surname", "given_names", "birth_date")) | "\(.field_name): \(.mrz)"' <<<"$folder"

api DELETE "/api/folders/$id/"
