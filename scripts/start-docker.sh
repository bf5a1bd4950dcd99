#!/bin/bash
# Sees to it that a Docker engine runs on this machine: `start-docker.sh [start|stop]`.
# Does nothing where one answers; installs docker.io where there is none (Debian, root). `stop` ends only what `start` began.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
SHIM=$here/runc-without-sys-resource
WITHIN_SECONDS=60
if [ -w /run ]; then state=/run/meshgauge; else state=${XDG_CACHE_HOME:-$HOME/.cache}/meshgauge/docker; fi
pidfile=$state/dockerd.pid
log=$state/dockerd.log

fail() { printf 'start-docker: %s\n' "$1" >&2; exit 3; }
answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
# Somebody's engine that is just starting or just stopping: both hold the pid file, and a second one would refuse to start.
in_between() { local other; other=$(cat /var/run/docker.pid 2>/dev/null) && [ "$(cat "/proc/$other/comm" 2>/dev/null)" = dockerd ]; }
ours() { [ -f "$pidfile" ] && pid=$(cat "$pidfile") && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; }

install_engine() {
  # jq is what the runc shim edits container specifications with.
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v jq >/dev/null || missing+=(jq)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "there is no dockerd, and this is no Debian to install it on: install Docker yourself"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Hosts that withhold CAP_SYS_RESOURCE cannot give it to privileged containers either: runc would refuse to start them.
lacks_sys_resource() {
  local bounding
  bounding=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
  ! ((0x$bounding & 1 << 24))
}

start() {
  local deadline=$((SECONDS + WITHIN_SECONDS))
  while ! answers && in_between && ((SECONDS < deadline)); do sleep 0.3; done
  if answers; then echo "a Docker engine is running: $(docker version --format '{{.Server.Version}}')"; return; fi
  [ "$(id -u)" = 0 ] || fail "no Docker engine answers, and only root can start one: sudo $0"
  install_engine
  mkdir -p "$state"
  if ! ours; then
    local options=(--storage-driver=overlay2)
    if lacks_sys_resource; then options+=(--add-runtime "trimmed=$SHIM" --default-runtime trimmed); fi
    setsid dockerd "${options[@]}" >"$log" 2>&1 </dev/null &
    echo $! >"$pidfile"
  fi
  deadline=$((SECONDS + WITHIN_SECONDS))
  until answers; do
    ours || { tail -20 "$log" >&2; rm -f "$pidfile"; fail "dockerd ended; its log is $log"; }
    ((SECONDS < deadline)) || { tail -20 "$log" >&2; stop; fail "dockerd did not answer within $WITHIN_SECONDS s; its log is $log"; }
    sleep 0.3
  done
  echo "started a Docker engine: $(docker version --format '{{.Server.Version}}') (log: $log)"
}

stop() {
  if ! ours; then echo 'no Docker engine of ours is running'; rm -f "$pidfile"; return; fi
  kill "$pid"
  local deadline=$((SECONDS + WITHIN_SECONDS))
  while ours; do
    ((SECONDS < deadline)) || fail "dockerd ($pid) did not end within $WITHIN_SECONDS s"
    sleep 0.3
  done
  rm -f "$pidfile"
  echo 'stopped the Docker engine'
}

case ${1:-start} in
  start) start ;;
  stop) stop ;;
  *) printf 'usage: %s [start|stop]\n' "$0" >&2; exit 4 ;;
esac
