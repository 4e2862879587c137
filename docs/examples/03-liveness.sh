#!/usr/bin/env bash
# Liveness: is there a living person before the camera? An analysis of type QUALITY.
#
#   docs/examples/03-liveness.sh selfie.mp4
video=${1:-${VIDEO:?give the path of a selfie video}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# 1. Upload the video. "video_selfie_blank" says that no gesture was asked for.
folder=$(api POST /api/folders/ --form video=@"$video" \
	--form 'payload={"media:tags": {"video": ["video_selfie", "video_selfie_blank"]}}' | jq --raw-output .folder_id)

# 2. Start the analysis. The answer, an array, comes at once; the work goes on, and
#    survives even a crash of the server.
analysis=$(json POST "/api/folders/$folder/analyses/" <<<'{"analyses": [{"type": "QUALITY"}]}' |
	jq --raw-output '.[0].analysis_id')

# 3. Wait for it: the server holds the answer for up to 60 seconds.
result=$(api GET "/api/analyses/$analysis/?wait=60")

# SUCCESS: live. DECLINED: an attack, such as a photo of a screen. FAILED: no verdict,
# for example because there is no face; error_message says why.
jq --raw-output '"liveness: \(.resolution_status)"' <<<"$result"
jq --raw-output 'select(.state == "FINISHED") |
	"confidence_spoofing \(.results_data.confidence_spoofing), declined from \(.confs.threshold_spoofing) on"' <<<"$result"
jq --raw-output 'select(.state == "FAILED") | "code \(.error_code): \(.error_message)"' <<<"$result"

# Erase what was uploaded.
api DELETE "/api/folders/$folder/"
