#!/bin/bash
# Inside a container of the node image in the making: puts the archives in /archives into containerd's store.
set -euo pipefail
containerd >/tmp/containerd.log 2>&1 &
pid=$!
for _ in $(seq 150); do
  ctr version >/dev/null 2>&1 && break
  kill -0 $pid 2>/dev/null || { tail -20 /tmp/containerd.log >&2; exit 1; }
  sleep 0.2
done
ctr version >/dev/null
for archive in /archives/*.tar; do ctr -n k8s.io images import --digests --no-unpack "$archive" >/dev/null; done
ctr -n k8s.io images list -q
kill $pid
wait $pid || true
rm -rf /archives /import-images.sh /tmp/containerd.log
