#!/usr/bin/env bash
# Best shot: the sharpest frontal picture of a video, as a JPEG file.
#
#   docs/examples/05-best-shot.sh selfie.mp4 [best-shot.jpg]
video=${1:-${VIDEO:?give the path of a selfie video}}
out=${2:-best-shot.jpg}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

folder=$(api POST /api/folders/ --form video=@"$video" --form 'payload={"media:tags": {"video": ["video_selfie"]}}' |
	jq --raw-output .folder_id)

# The best shot is a by-product of liveness. It is made unless extract_best_shot is false.
analysis=$(json POST "/api/folders/$folder/analyses/" \
	<<<'{"analyses": [{"type": "QUALITY", "params": {"extract_best_shot": true}}]}' | jq --raw-output '.[0].analysis_id')
result=$(api GET "/api/analyses/$analysis/?wait=60")

# It is a medium of its own, with an id and a signed link. Photos have none: they are
# their own best shot.
link=$(jq --raw-output '.results_media[0].output_images[0].original_url //
	error("no best shot: \(.resolution_status), \(.error_message)")' <<<"$result")
curl --silent --fail "$link" --output "$out"
echo "best shot: $out, $(wc -c <"$out" | tr -d ' ') bytes"

# Where in the video it is, and why it was chosen.
jq --raw-output '.technical_meta_data.media[.source_media[0].media_id] | "taken at \(.frame_ms) ms: \(.frame_reason)"' <<<"$result"

# The best shot goes with its folder; the file stays.
api DELETE "/api/folders/$folder/"
