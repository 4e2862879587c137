#!/usr/bin/env bash
# Block list: put a person on a list, then see who is on it. docs/walkthrough.sh goes
# through the same with every refusal on the way.
#
#   docs/examples/06-block-list.sh person.jpg same-person.mp4 somebody-else.jpg
photo=${1:-${PHOTO:?give the path of a photo of the person to block}}
video=${2:-${VIDEO:?give the path of a video of the same person}}
other=${3:-${OTHER_PHOTO:?give the path of a photo of somebody else}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# A list belongs to a company. A CLIENT_ADMIN sees one company, the own one.
company=$(api GET /api/companies/ | jq --raw-output '.items[0].company_id')

# A new list is a block list: on_match is "decline". "operator" asks a person to look,
# "accept" makes an allow list. The alias is unique within the company.
list=$(jq --null-input --arg company "$company" --arg alias "example-$RANDOM$RANDOM" '{alias: $alias, company_id: $company}' |
	json POST /api/collections/ | jq --raw-output .collection_id)

# One to ten photos of one person, each with exactly one face.
person=$(api POST "/api/collections/$list/persons/" --form image1=@"$photo" --form 'payload={
	"person:meta_data": {"person_info": {"first_name": "Example"}}}' | jq --raw-output .person_id)
echo 'one person is on the list'

# search FILE TAG asks whether the person in a file is on the list.
search() {
	local folder analysis result
	folder=$(api POST /api/folders/ --form media=@"$1" --form "payload={\"media:tags\": {\"media\": [\"$2\"]}}" | jq --raw-output .folder_id)
	analysis=$(jq --null-input --arg list "$list" '{analyses: [{type: "COLLECTION", collection_id: $list}]}' |
		json POST "/api/folders/$folder/analyses/" | jq --raw-output '.[0].analysis_id')
	result=$(api GET "/api/analyses/$analysis/?wait=60")
	# person_id is null when nobody matched; confidence is then the best below the threshold.
	jq --raw-output --arg person "$person" '.results_media[0] as $found |
		"\(.resolution_status), confidence \($found.confidence), threshold \(.collections[0].threshold)" +
		(if $found.person_id == $person then ": the person on the list" else ": nobody on the list" end)' <<<"$result"
	# A person whom a result names cannot be deleted, so erase the result first.
	api DELETE "/api/folders/$folder/"
}

printf 'the same person: '
search "$video" video_selfie
printf 'somebody else: '
search "$other" photo_selfie

# Clean up: the person, then the list.
api DELETE "/api/collections/$list/persons/$person/"
api DELETE "/api/collections/$list/"
