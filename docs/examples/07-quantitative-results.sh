#!/usr/bin/env bash
# Quantitative results: the figures behind the verdicts, for those who want to set
# thresholds of their own or to understand a single case.
#
#   docs/examples/07-quantitative-results.sh selfie.jpg selfie.mp4 passport.jpg
# shellcheck disable=SC2016 # what looks like a variable in a jq filter is jq's
photo=${1:-${PHOTO:?give the path of a selfie}}
video=${2:-${VIDEO:?give the path of a selfie video}}
id_photo=${3:-${ID_PHOTO:?give the path of a photo of an identity document}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# Three media and three analyses in one request; see 09-single-request.sh.
folder=$(api POST /api/folders/ --form selfie=@"$photo" --form video=@"$video" --form document=@"$id_photo" --form 'payload={
	"media:tags": {"selfie": ["photo_selfie"], "video": ["video_selfie", "video_selfie_blank"], "document": ["photo_id_front"]},
	"analyses": [{"type": "QUALITY"}, {"type": "BIOMETRY"}, {"type": "DOCUMENTS"}]}')

# A FAILED analysis has no figures, but a reason.
jq --raw-output '.analyses[] | select(.state == "FAILED") | "\(.type) failed: \(.error_message)"' <<<"$folder"

# An analysis names media by id; $name finds the names that you gave them. The rest of the
# page is jq, applied to what was answered.
show() {
	jq --raw-output "$1" <<<"$(jq '(reduce .media[] as $m ({}; .[$m.media_id] = $m.media_key)) as $name |
		.analyses[] | select(.state == "FINISHED") | . + {name: $name}' <<<"$folder")"
}

echo 'liveness: 0 is live, 1 is an attack; the worst medium decides'
show 'select(.type == "QUALITY") |
	"  threshold \(.confs.threshold_spoofing)",
	(.name as $name | .results_media[] | "  \($name[.source_media_id]): confidence_spoofing \(.results_data.confidence_spoofing)")'

# Of a video, single frames were shown to the model. "used" marks those that make up the
# score: the three that look most like an attack.
echo 'liveness of the frames of the video'
show 'select(.type == "QUALITY") | .name as $name | .technical_meta_data.media | to_entries[] |
	select($name[.key] == "video") | .value |
	"  \(.frames_read) read, \(.frames_with_face) with a face, \(.frames_used) examined",
	(.liveness.frames[] | "  at \(.ms) ms: \(.confidence_spoofing)\(if .used then ", used" else "" end)"),
	"  signs of an injected video: \(.liveness.signs // {} | to_entries | map("\(.key) \(.value)") | join(", "))"'

echo 'similarity: every pair, the least similar first; that one decides'
show 'select(.type == "BIOMETRY") |
	"  thresholds \(.confs.threshold_min) and \(.confs.threshold_max)",
	(.name as $name | .results_data.pairs[] | "  \([.media_ids[] | $name[.]] | join(" and ")): \(.confidence)")'

echo 'document: what was measured'
show 'select(.type == "DOCUMENTS") | .results_data.checks[] |
	"  \(.name): \(.result)\(if .actual != null then " (\(.actual), limit \(.limit))" else "" end)"'

# What the picture lacks for a good capture, without being refused for it.
echo 'warnings about the pictures'
show 'select(.type == "QUALITY") | .name as $name | .technical_meta_data.quality | to_entries[] |
	"  \($name[.key]): \(.value.warnings | join(", "))"'

# Which models gave these figures: scores of different models do not compare.
echo 'models of the liveness analysis'
show 'select(.type == "QUALITY") | .technical_meta_data.models[] | "  \(.name) \(.version), SHA-256 \(.sha256[0:12])..."'

api DELETE "/api/folders/$(jq --raw-output .folder_id <<<"$folder")/"
