#!/usr/bin/env bash
# Runs every fuzz target of the module for $FUZZTIME (6s). The seeds run as
# ordinary tests; this looks for what nobody thought of.
set -uo pipefail
time=${FUZZTIME:-6s}
failed=0
count=0

# Runs the target $name of $package into $log and keeps the exit code in $status.
run_target() {
	status=0
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 20x -parallel "${FUZZ_PARALLEL:-2}" "$package" >"$log" 2>&1 || status=$?
	return "$status"
}

while IFS=: read -r file line; do
	name=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/' <<<"$line")
	package=./$(dirname "$file")
	count=$((count + 1))
	log=$(mktemp)
	# At the end of -fuzztime the go tool sometimes reports its own deadline as a
	# failure. That is no finding: a finding writes its input. Such a run is repeated.
	for attempt in 1 2 3; do
		run_target && break
		grep -q 'Failing input written' "$log" && break
		grep -qE '^ +context deadline exceeded$' "$log" || break
		printf 'again %s %s: the deadline of the tool, no finding (attempt %d)\n' "$package" "$name" "$attempt"
	done
	if [ "$status" -eq 0 ]; then
		printf 'ok    %s %s: %s\n' "$package" "$name" "$(grep -E '^fuzz: elapsed' "$log" | tail -1 | sed 's/^fuzz: //')"
	else
		failed=$((failed + 1))
		printf 'FAIL  %s %s\n' "$package" "$name"
		cat "$log"
	fi
	rm -f "$log"
done < <(grep -rnE --include='*_test.go' '^func Fuzz[A-Z]' . --exclude-dir=.cache --exclude-dir=node_modules |
	sed -E 's/^\.\/([^:]*):[0-9]+:/\1:/' | sort)

passed=$((count - failed))
if [ -n "${TESTRUN_TALLY:-}" ]; then
	printf '{"Passed":%d,"Failed":%d,"Skipped":0}' "$passed" "$failed" >"$TESTRUN_TALLY"
fi
printf 'fuzz: %d targets, %d failed\n' "$count" "$failed"
[ "$failed" -eq 0 ]
