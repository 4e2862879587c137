#!/usr/bin/env bash
# Report: a folder written down as PDF and as JSON, for the file. See docs/reports.md.
#
#   docs/examples/13-report.sh selfie.mp4 [report.pdf]
video=${1:-${VIDEO:?give the path of a selfie video}}
out=${2:-report.pdf}
# shellcheck source=docs/examples/common.sh
. "$(dirname "$0")/common.sh"

# A folder with a finished analysis: while one runs there is no report.
folder=$(api POST /api/folders/ --form video=@"$video" --form 'payload={
	"media:tags": {"video": ["video_selfie"]}, "analyses": [{"type": "QUALITY"}]}' | jq --raw-output .folder_id)

# The PDF is for people. It is made once; the answer has its size, its SHA-256 and a
# signed link.
report=$(json POST "/api/folders/$folder/reports/" <<<'{"format": "pdf"}')
curl --silent --fail "$(jq --raw-output .original_url <<<"$report")" --output "$out"
echo "report: $out, $(wc -c <"$out" | tr -d ' ') bytes"
jq --raw-output --arg file "$out" '"\(.sha256)  \($file)"' <<<"$report" | sha256sum --check --quiet
echo 'its SHA-256 is as told'

# JSON is for programs: no pictures, but models, thresholds and the hash of every file.
report=$(json POST "/api/folders/$folder/reports/" <<<'{"format": "json"}')
curl --silent --fail "$(jq --raw-output .original_url <<<"$report")" --output "$work/report.json"
jq --raw-output '"as JSON it has: \(keys | join(", "))"' "$work/report.json"

# Reports go with their folder; the file stays.
api DELETE "/api/folders/$folder/"
