#!/usr/bin/env bash
# Webhook: be told when analyses end, instead of asking. Everything about webhooks stands
# in docs/webhooks.md.
#
#   docs/examples/08-webhook.sh selfie.jpg
#
# The receiver, webhook-receiver/receiver.mjs, runs here, on RECEIVER_PORT (9000), and
# needs Node. Osprey sends nothing to this machine, nor without TLS, unless it is
# allowed to. For this example start it with
#
#   OSPREY_WEBHOOK_ALLOW_HTTP=true OSPREY_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8 OSPREY_WEBHOOK_ALLOWED_PORTS=9000
photo=${1:-${PHOTO:?give the path of a selfie}}
port=${RECEIVER_PORT:-9000}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=docs/examples/common.sh
. "$here/common.sh"

# A secret signs what is sent. It is shown this once; a company has at most two.
company=$(api GET /api/companies/ | jq --raw-output '.items[0].company_id')
secrets=/api/companies/$company/webhook_secrets/
made=$(api POST "$secrets")
secret_id=$(jq --raw-output .secret_id <<<"$made")

# Start the receiver; it ends after its first event, and two minutes are enough for that.
# "ready" is its first line.
: >"$work/received"
WEBHOOK_SECRET=$(jq --raw-output .secret <<<"$made") timeout 120 node "$here/webhook-receiver/receiver.mjs" "$port" >"$work/received" &
receiver=$!
trap 'kill "$receiver" 2>/dev/null || true; api DELETE "$secrets$secret_id/" || true; rm -rf "$work"' EXIT
until grep --quiet ready "$work/received"; do
	kill -0 "$receiver" || exit 1 # it could not start, and has said why
	sleep 0.1
done

# resolution_endpoint is where to tell. It may also stand in the folder, in a single
# analysis, or, for all, in the company.
folder=$(api POST /api/folders/ --form selfie=@"$photo" --form 'payload={"media:tags": {"selfie": ["photo_selfie"]}}' |
	jq --raw-output .folder_id)
jq --null-input --arg url "http://127.0.0.1:$port/osprey" '{resolution_endpoint: $url, analyses: [{type: "QUALITY"}]}' |
	json POST "/api/folders/$folder/analyses/" >/dev/null
echo 'analysis started'

# No asking: the receiver ends when it was told.
wait "$receiver"
tail -n +2 "$work/received"

# The server keeps what became of each delivery, for when something does not arrive.
# Its answer to our receiver may be noted a moment after the receiver has ended.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	delivery=$(api GET "/api/webhooks/deliveries/?folder_id=$folder" | jq '.items[0]')
	[ "$(jq --raw-output .status <<<"$delivery")" = pending ] || break
	sleep 0.5
done
jq --raw-output '"delivery of \(.event): \(.status) after \(.attempts_count) attempt"' <<<"$delivery"

api DELETE "/api/folders/$folder/"
