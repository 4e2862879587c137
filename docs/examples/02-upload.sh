#!/usr/bin/env bash
# Upload: a folder with a photo and a video, and what the server says about them.
#
#   docs/examples/02-upload.sh selfie.jpg selfie.mp4
photo=${1:-${PHOTO:?give the path of a selfie}}
video=${2:-${VIDEO:?give the path of a selfie video}}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# A folder is one check of one person. Every file is a part of the form with a name that
# you choose; the part "payload" says what the files show and what you want to remember.
folder=$(api POST /api/folders/ --form selfie=@"$photo" --form video=@"$video" --form 'payload={
	"media:tags": {"selfie": ["photo_selfie"], "video": ["video_selfie", "video_selfie_blank"]},
	"folder:meta_data": {"transaction_id": "example-2"}}')
id=$(jq --raw-output .folder_id <<<"$folder")

# The kind of a file is told by its bytes: neither by its name nor by the tags.
jq --raw-output '.media[] | "\(.media_key): \(.media_type), tags \(.tags | join(", "))"' <<<"$folder"

# original_url is a signed link that needs no token and ends after an hour.
link=$(jq --raw-output '.media[0].original_url' <<<"$folder")
curl --silent --fail "$link" --output "$work/back"
cmp "$photo" "$work/back"
echo 'the photo comes back byte for byte'

# Metadata of your own are found again.
api GET '/api/folders/?meta_data=transaction_id==example-2' | jq --raw-output '"folders with this transaction: \(.total)"'

# Deleting the folder erases the files and all that was made of them.
api DELETE "/api/folders/$id/"
status=$(curl --silent --output /dev/null --write-out '%{http_code}' "$link")
echo "erased: the link is answered $status"
