#!/usr/bin/env bash
# API Lite: single calls that answer at once and store nothing. docs/lite.md has all of
# them, their scales and their refusals.
#
#   docs/examples/12-lite.sh selfie.jpg same-person.mp4 somebody-else.jpg
photo=${1:-${PHOTO:?give the path of a selfie, a JPEG file}}
video=${2:-${VIDEO:?give the path of a selfie video, an MP4 file}}
other=${3:-${OTHER_PHOTO:?give the path of a photo of somebody else, a JPEG file}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# The template of a face, at most 4 KiB. It is personal biometric data: keep it as you
# would keep the photo.
api POST /v1/face/pattern/extract --header 'Content-Type: image/jpeg' --data-binary @"$photo" --output "$work/template"
echo 'template extracted'

# A photo against the template. Parts need their type.
verify() {
	api POST /v1/face/pattern/verify --form sample=@"$1;type=image/jpeg" \
		--form bio_template=@"$work/template;type=application/octet-stream" | jq --raw-output '"\(.decision), score \(.score)"'
}
echo "the same photo: $(verify "$photo")"
echo "somebody else: $(verify "$other")"

# Liveness of a video. Here 1 is live: score is 1 minus confidence_spoofing.
api POST /v1/face/liveness/detect --form bio_sample=@"$video;type=video/mp4" \
	--form 'metadata={"mnemonic": "passive"};type=application/json' | jq --raw-output '"liveness: \(.decision), score \(.score)"'
