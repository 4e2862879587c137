#!/usr/bin/env bash
# Matching: is the person in the selfie the one on the identity document? An analysis of
# type BIOMETRY, which compares every medium with every other.
#
#   docs/examples/04-matching.sh selfie.jpg passport.jpg somebody-else.jpg
photo=${1:-${PHOTO:?give the path of a selfie}}
id_photo=${2:-${ID_PHOTO:?give the path of a photo of an identity document of that person}}
other=${3:-${OTHER_PHOTO:?give the path of a photo of somebody else}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# match SELFIE DOCUMENT uploads both, compares them and prints the verdict.
match() {
	local folder analysis
	# Of a photo with the tag photo_id_front the largest face counts: documents often show
	# a second, smaller portrait. Other photos must have one face.
	folder=$(api POST /api/folders/ --form selfie=@"$1" --form document=@"$2" \
		--form 'payload={"media:tags": {"selfie": ["photo_selfie"], "document": ["photo_id_front"]}}' | jq --raw-output .folder_id)
	analysis=$(json POST "/api/folders/$folder/analyses/" <<<'{"analyses": [{"type": "BIOMETRY"}]}' |
		jq --raw-output '.[0].analysis_id')
	# SUCCESS from threshold_max on, DECLINED below threshold_min. A company that sets the two
	# apart has its operators decide what lies between: OPERATOR_REQUIRED.
	api GET "/api/analyses/$analysis/?wait=60" | jq --raw-output \
		'"\(.resolution_status), similarity \(.results_data.min_confidence), thresholds \(.confs.threshold_min) and \(.confs.threshold_max)"'
	api DELETE "/api/folders/$folder/"
}

printf 'the holder of the document: '
match "$photo" "$id_photo"
printf 'somebody else: '
match "$other" "$id_photo"
