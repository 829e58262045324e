#!/usr/bin/env bash
# Plays a generated stream into the local stack and compares its figures with the oracle:
#   e2e.sh SCRATCH ENGINE VISITORS SEED        SCRATCH holds the built runner, `tributary`
set -euo pipefail
scratch=$1 engine=$2 visitors=$3 seed=$4
key=ci-$RANDOM$RANDOM data=$scratch/data-$engine log=$scratch/$engine.log

# All but how many events were new, which the later parts play again.
figures='^(?!accepted|duplicates|rejected)'

start() {
  TRIBUTARY_API_KEY=$key setsid "$scratch/tributary" -addr "127.0.0.1:$port" -data "$data" -engine "$engine" >>"$log" 2>&1 &
  runner=$!
}

# Waits until the runner answers; its own readiness line is in the log, which is shown only when it fails.
await() {
  local end=$((SECONDS + 300))
  until curl -sf -o /dev/null "http://127.0.0.1:$port/local/idle"; do
    kill -0 "$runner" 2>/dev/null || { echo "go run ./local ended before it was ready:"; tail -n 40 "$log"; return 1; }
    [ $SECONDS -lt $end ] || { echo "go run ./local is not ready after 300 s:"; tail -n 40 "$log"; return 1; }
    sleep 0.3
  done
}

check() {
  echo "e2e: $engine, part $1, $visitors visitors, seed $seed"
  python3 ../shared/oracle/e2e_check.py --url "http://127.0.0.1:$port" --key "$key" --visitors "$visitors" --seed "$seed" --part "$@"
}

finish() {
  local rc=$?
  trap - EXIT
  kill -TERM "$runner" 2>/dev/null && wait "$runner" || true
  # Its children have process groups of their own but share its session; what is still there is a fault of the runner.
  local left
  left=$(pgrep -a -s "$runner" || true)
  if [ -n "$left" ]; then
    printf 'the runner left children behind:\n%s\n' "$left"
    cut -d' ' -f1 <<<"$left" | xargs kill -KILL || true
    rc=1
  fi
  [ $rc -eq 0 ] || { echo "e2e: the runner's last lines:"; tail -n 60 "$log"; }
  exit $rc
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start
trap finish EXIT
await
check events
# Later parts play the same stream again: every event a duplicate that must change no figure.
check kpis --only "$figures"
check reports --only "$figures"
