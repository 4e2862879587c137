#!/usr/bin/env bash
# Serves on loopback with data in ./osprey-data. At the first start it invents
# the first administrator's password and shows it once; only its hash is kept.
set -euo pipefail

export OSPREY_HTTP_LISTEN=${OSPREY_HTTP_LISTEN:-127.0.0.1:8080}
export OSPREY_DATA_DIR=${OSPREY_DATA_DIR:-./osprey-data}
# Nobody balances load over this instance, so it need not wait before it stops.
export OSPREY_SERVER_DRAIN_DELAY=${OSPREY_SERVER_DRAIN_DELAY:-0s}
port=${OSPREY_HTTP_LISTEN##*:}
host=${OSPREY_HTTP_LISTEN%:*}
host=${host#[}
host=${host%]}
case $host in '' | 0.0.0.0 | ::) host=127.0.0.1 ;; esac

# The status of GET /readyz, or nothing. No curl: bash can do it.
readyz() {
	local status=
	exec 3<>"/dev/tcp/$host/$port" || return 0
	printf 'GET /readyz HTTP/1.0\r\nHost: %s:%s\r\n\r\n' "$host" "$port" >&3
	read -r -t 5 _ status _ <&3 || true
	exec 3>&-
	printf '%s' "$status"
}

if [ -n "$(readyz 2>/dev/null)" ]; then
	printf 'run: something answers on %s:%s already; stop it, or set OSPREY_HTTP_LISTEN\n' "$host" "$port" >&2
	exit 1
fi

first=no
if [ ! -e "$OSPREY_DATA_DIR/osprey.db" ] && [ -z "${OSPREY_ADMIN_EMAIL:-}${OSPREY_ADMIN_PASSWORD:-}${OSPREY_ADMIN_PASSWORD_FILE:-}" ]; then
	first=yes
	export OSPREY_ADMIN_EMAIL=admin@example.com
	letters=$(head -c 64 /dev/urandom | base64 -w 0 | tr -dc 'a-zA-Z0-9')
	export OSPREY_ADMIN_PASSWORD=${letters:0:20}
fi

# The server gets a process group of its own, so that Ctrl-C reaches it once,
# through this script, and not twice: a second signal would cut its shutdown short.
set -m
bin/osprey serve </dev/null &
server=$!
set +m
trap 'kill -TERM "$server" 2>/dev/null || true' INT TERM HUP

while kill -0 "$server" 2>/dev/null && [ "$port" != 0 ]; do
	[ "$(readyz 2>/dev/null)" = 200 ] && break
	sleep 0.2 || true
done

if kill -0 "$server" 2>/dev/null; then
	address="http://$host:$port"
	[ "$port" = 0 ] && address="the address in $OSPREY_DATA_DIR/server.json"
	printf '\nOsprey is ready: %s\n' "$address"
	if [ "$first" = yes ]; then
		printf 'The first administrator, shown this once:\n    e-mail    %s\n    password  %s\n' "$OSPREY_ADMIN_EMAIL" "$OSPREY_ADMIN_PASSWORD"
	fi
	printf 'Forgotten the password? bin/osprey --data-dir %s user passwd admin@example.com\n\n' "$OSPREY_DATA_DIR"
elif [ "$first" = yes ] && [ -e "$OSPREY_DATA_DIR/osprey.db" ]; then
	printf 'run: the first start failed before its administrator could be shown; remove %s and run again\n' "$OSPREY_DATA_DIR" >&2
fi

# wait returns early when a signal comes, so ask until the server has gone.
code=0
while :; do
	code=0
	wait "$server" || code=$?
	kill -0 "$server" 2>/dev/null || break
done
exit "$code"
