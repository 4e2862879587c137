#!/usr/bin/env bash
# The whole life of a block list, with curl: log in, make a collection, add a
# person with photos, check a selfie against it, be refused the deletion of
# somebody who was matched, clean up.
#
#   docs/walkthrough.sh [PHOTOS]
#
# PHOTOS is a folder with these files: john-1.jpg, john-2.jpg, john-3.jpg and
# john-live.jpg (four shots of one person), other.jpg (somebody else), nobody.jpg
# (no face), two.jpg (two faces). Without it the photographs of the tests are
# written into a temporary folder, which needs Go.
#
# The environment says where and who:
#
#   OSPREY_URL             base address, default http://127.0.0.1:8080
#   OSPREY_ADMIN_EMAIL,    an administrator: makes a test company and its
#   OSPREY_ADMIN_PASSWORD  CLIENT_ADMIN, unless they are there
#   WALK_EMAIL,            that CLIENT_ADMIN, default ca@example.com with
#   WALK_PASSWORD          "granite lantern 41 otter"
#   WALK_SLASH             "no" drops the slash at the end of every path
#
# Every step prints its status and what was checked. The script ends with 1 at the
# first check that fails. It can be run again and again.
# shellcheck disable=SC2016 # what looks like a variable in a jq filter is jq's
set -euo pipefail

url=${OSPREY_URL:-http://127.0.0.1:8080}
url=${url%/}
email=${WALK_EMAIL:-ca@example.com}
password=${WALK_PASSWORD:-granite lantern 41 otter}
slash=${WALK_SLASH:-yes}

for tool in curl jq; do
	command -v "$tool" >/dev/null || { echo "walkthrough: $tool is not installed" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

photos=${1:-}
if [ -z "$photos" ]; then
	photos=$work/photos
	mkdir "$photos"
	root=$(cd "$(dirname "$0")/.." && pwd)
	(cd "$root" && OSPREY_PHOTOS=$photos go test -count=1 -run '^TestWritePhotos$' ./e2e) >"$work/photos.log" ||
		{ cat "$work/photos.log" >&2; exit 1; }
fi

fail() {
	printf 'FAILED: %s\n        answer: %s\n' "$1" "$(head -c 2000 "$work/body")" >&2
	exit 1
}

# call METHOD PATH STATUS [curl arguments]: makes a call, leaves its body in
# $work/body, and wants the status.
token=
call() {
	local method=$1 path=$2 want=$3 status query=
	shift 3
	if [ "$slash" = no ]; then
		case $path in *\?*) query="?${path#*\?}" path="${path%%\?*}" ;; esac
		path=${path%/}$query
	fi
	# The token goes through a file: arguments are visible in the list of processes.
	printf 'X-Forensic-Access-Token: %s\n' "$token" >"$work/headers"
	[ -n "$token" ] || : >"$work/headers"
	status=$(curl --silent --show-error --max-time 120 --globoff --output "$work/body" --write-out '%{http_code}' \
		--request "$method" --header @"$work/headers" "$@" "$url$path")
	printf '    %-6s %-60s %s\n' "$method" "${path:0:60}" "$status"
	[ "$status" = "$want" ] || fail "status $status, want $want"
}

# json METHOD PATH STATUS BODY: a call with a JSON body.
json() {
	printf '%s' "$4" >"$work/request"
	call "$1" "$2" "$3" --header 'Content-Type: application/json' --data-binary @"$work/request"
}

# has WHAT FILTER [jq arguments]: the answer makes the jq filter true.
has() {
	local what=$1 filter=$2
	shift 2
	jq --exit-status "$@" "$filter" "$work/body" >/dev/null || fail "$what ($filter)"
	printf '           ok: %s\n' "$what"
}

# take FILTER: a value of the answer.
take() { jq --raw-output "$1" "$work/body"; }

# finished ID: waits until an analysis is not PROCESSING.
finished() {
	local tries
	for tries in 1 2 3 4 5; do
		call GET "/api/analyses/$1?wait=60" 200
		[ "$(take .state)" = PROCESSING ] || return 0
	done
	fail "the analysis is still PROCESSING after $tries waits"
}

step() { printf '%2s  %s\n' "$1" "$2"; }

credentials() { jq --null-input --compact-output --arg e "$1" --arg p "$2" '{credentials: {email: $e, password: $p}}'; }

# What the walk starts from: a company and its CLIENT_ADMIN.
if [ -n "${OSPREY_ADMIN_EMAIL:-}" ] && [ -n "${OSPREY_ADMIN_PASSWORD:-}" ]; then
	step 0 'an administrator makes a test company and its CLIENT_ADMIN, unless they are there'
	json POST /api/authorize/auth/ 200 "$(credentials "$OSPREY_ADMIN_EMAIL" "$OSPREY_ADMIN_PASSWORD")"
	token=$(take .access_token)
	call GET "/api/users/?search_text=$(jq --raw-output --null-input --arg e "$email" '$e|@uri')" 200
	if [ "$(take .total)" = 0 ]; then
		json POST /api/companies/ 201 '{"name": "Walk-through test company"}'
		json POST /api/users/ 201 "$(jq --null-input --compact-output --arg e "$email" --arg p "$password" --arg c "$(take .company_id)" \
			'{email: $e, password: $p, company_id: $c, user_type: "CLIENT_ADMIN", first_name: "Walk", last_name: "Through"}')"
	fi
	token=
fi

step 1 'log in'
json POST /api/authorize/auth/ 200 "$(credentials "$email" "$password")"
has 'a token' '.access_token | length > 0'
has 'user_type is CLIENT_ADMIN' '.user.user_type == "CLIENT_ADMIN"'
token=$(take .access_token)

step 2 'find the company'
call GET '/api/companies/?search_text=test' 200
has 'there is one' '.total >= 1 and (.items[0].company_id | length == 36)'
company=$(take '.items[0].company_id')

step 3 'create a collection, a block list by default'
new_list=$(jq --null-input --compact-output --arg c "$company" '{alias: "blacklist", company_id: $c}')
json POST /api/collections/ 201 "$new_list"
has 'alias, on_match and persons_count' '.alias == "blacklist" and .on_match == "decline" and .persons_count == 0'
list=$(take .collection_id)

step 4 'the alias is taken now'
json POST /api/collections/ 409 "$new_list"
has 'code 15 names the alias' '.error_code == 15 and .details.field == "alias"'

step 5 'add a person with a name and one photo'
call POST "/api/collections/$list/persons/" 201 --form image1=@"$photos/john-1.jpg" --form 'payload={
	"media:tags": {"image1": ["photo_selfie", "orientation_portrait"]},
	"person:meta_data": {"person_info": {"first_name": "John", "middle_name": "Jameson", "last_name": "Doe"}}}'
has 'one image' '.images | length == 1'
has 'the name' '.meta_data.person_info.last_name == "Doe"'
person=$(take .person_id)

step 6 'one good photo and one without a face: all or nothing'
call POST "/api/collections/$list/persons/" 422 --form image1=@"$photos/other.jpg" --form image2=@"$photos/nobody.jpg"
has 'code 20 names image2' '.error_code == 20 and .details.field == "image2"'

step 7 'a photo with two faces'
call POST "/api/collections/$list/persons/" 422 --form image1=@"$photos/two.jpg"
has 'code 21 counts two' '.error_code == 21 and .details.actual == 2'

step 8 'two more photos of the person'
call POST "/api/collections/$list/persons/$person/images/" 201 \
	--form image1=@"$photos/john-2.jpg" --form image2=@"$photos/john-3.jpg" \
	--form 'payload={"media:tags": {"image1": ["photo_selfie"], "image2": ["photo_selfie"]}}'
has 'three images, two of them new' '.images_count == 3 and (.new_images | length == 2)'

step 9 'list persons: the refused ones are not there'
call GET "/api/collections/$list/persons/" 200
has 'one person with three images' '.total == 1 and .items[0].person_id == $p and (.items[0].images | length == 3)' --arg p "$person"

step 10 'list the photos'
call GET "/api/collections/$list/persons/$person/images/" 200
has 'three, each with two ids' '.total == 3 and all(.items[]; .person_image_id and .media_id)'
known=$(take '[.items[].person_image_id] | tostring')

step 11 'a folder with a selfie of the person'
call POST /api/folders/ 201 --form photo1=@"$photos/john-live.jpg" --form 'payload={"media:tags": {"photo1": ["photo_selfie"]}}'
has 'one still image, INITIAL' '.media[0].media_type == "IMAGE_FOLDER" and .resolution_status == "INITIAL"'
folder=$(take .folder_id)
original=$(take '.media[0].original_url')

step 12 'start a COLLECTION analysis'
json POST "/api/folders/$folder/analyses/" 201 \
	"$(jq --null-input --compact-output --arg c "$list" '{analyses: [{type: "collection", collection_id: $c}]}')"
has 'both spellings of its id, PROCESSING' '.[0].analysis_id == .[0].analyse_id and .[0].state == "PROCESSING"'
analysis=$(take '.[0].analysis_id')

step 13 'wait for it: the selfie shows the person of the list'
finished "$analysis"
has 'FINISHED and DECLINED' '.state == "FINISHED" and .resolution_status == "DECLINED"'
has 'the person' '.results_media[0].person_id == $p' --arg p "$person"
has 'one of the three photos' '.results_media[0].person_image_id as $i | $known | index($i) != null' --argjson known "$known"
has 'at or above the threshold' '.results_media[0].confidence >= .collections[0].threshold'
matched=$(take '.results_media[0].person_image_id')

step 14 'somebody else passes; a third folder is never analysed'
call POST /api/folders/ 201 --form photo1=@"$photos/other.jpg" --form 'payload={"media:tags": {"photo1": ["photo_selfie"]}}'
second=$(take .folder_id)
json POST "/api/folders/$second/analyses/" 201 '{"analyses": [{"type": "COLLECTION"}]}'
finished "$(take '.[0].analyse_id')"
has 'SUCCESS, nobody matched' \
	'.resolution_status == "SUCCESS" and .results_media[0].person_id == null and .results_media[0].collection_persons == []'
call POST /api/folders/ 201 --form photo1=@"$photos/other.jpg"
third=$(take .folder_id)

step 15 'a matched person cannot be deleted'
call DELETE "/api/collections/$list/persons/$person" 409
has 'code 15 names the analysis' '.error_code == 15 and .details.analyses_total == 1 and
	.details.analyses == [{analysis_id: $a, folder_id: $f}]' --arg a "$analysis" --arg f "$folder"

step 16 'nor can the matched photo'
call DELETE "/api/collections/$list/persons/$person/images/$matched/" 409
has 'code 15 names the photo' '.error_code == 15 and .details.field == "person_image_id"'

step 17 'nor a collection with persons'
call DELETE "/api/collections/$list/" 409
has 'code 15 counts one person' '.error_code == 15 and .details.persons == 1'

step 18 'folders with a COLLECTION analysis'
call GET '/api/folders/?analyse.type=COLLECTION' 200
has 'the first and the second, not the third' '.total == 2 and ([.items[].folder_id] | sort) == ([$a, $b] | sort)' \
	--arg a "$folder" --arg b "$second"

step 19 'find the analysis through its folder'
call GET "/api/folders/$folder/" 200
has 'it is there' '[.analyses[] | select(.type == "COLLECTION") | .analysis_id] == [$a]' --arg a "$analysis"

step 20 'delete the analysis'
call DELETE "/api/analyses/$analysis" 204

step 21 'the folder is as before'
call GET "/api/folders/$folder/" 200
has 'no analyses, INITIAL' '.analyses == [] and .resolution_status == "INITIAL"'

step 22 'delete one photo by its media_id'
call GET "/api/collections/$list/persons/$person/images/" 200
call DELETE "/api/collections/$list/persons/$person/images/$(take '.items[0].media_id')/" 204
call GET "/api/collections/$list/persons/$person/images/" 200
has 'two are left' '.total == 2'

step 23 'delete the person'
call DELETE "/api/collections/$list/persons/$person" 204
call GET "/api/collections/$list/persons/" 200
has 'nobody is left' '.total == 0'

step 24 'a deleted face is never matched'
json POST "/api/folders/$folder/analyses/" 201 \
	"$(jq --null-input --compact-output --arg c "$list" '{analyses: [{type: "collection", collection_id: $c}]}')"
finished "$(take '.[0].analysis_id')"
has 'SUCCESS, nobody matched' '.resolution_status == "SUCCESS" and .results_media[0].person_id == null'

step 25 'delete the collection'
call DELETE "/api/collections/$list/" 204
call GET "/api/collections/$list/" 404
has 'code 10' '.error_code == 10'

step 26 'delete it again'
call DELETE "/api/collections/$list/" 404
has 'code 10' '.error_code == 10'

step 27 'erase the folders'
for id in "$folder" "$second" "$third"; do
	call DELETE "/api/folders/$id/" 204
	call GET "/api/folders/$id/" 404
done
rest=${original#*://}
token=
slash=yes
call GET "/${rest#*/}" 404
has 'the photograph is gone, though its link has not expired' '.error_code == 10'

printf '\nAll steps passed.\n'
