#!/bin/bash
# customise-root.sh ROOT KIND_FILES HERE SHIM: turns a Debian root with systemd and containerd into what kind expects of a node.
set -euo pipefail
root=$1 kind=$2 here=$3 shim=$4

mkdir -p "$root"/{kind/bin,kind/manifests,etc/containerd,etc/kubernetes/manifests,opt/cni/bin,etc/cni/net.d,etc/systemd/system/kubelet.service.d}
install -m755 "$kind"/usr/local/bin/* "$root/usr/local/bin/"
install -m755 "$kind"/kind/bin/* "$root/kind/bin/"
install -m644 "$kind/etc/crictl.yaml" "$root/etc/"
for dir in containerd default sysctl.d; do install -m644 "$kind/etc/$dir"/* "$root/etc/$dir/"; done
install -m644 "$kind"/etc/systemd/system/*.{service,slice} "$root/etc/systemd/system/"
install -m644 "$kind"/etc/systemd/system/kubelet.service.d/* "$root/etc/systemd/system/kubelet.service.d/"
install -m644 "$here/10-bridge.conflist" "$root/etc/cni/net.d/"
install -m644 "$here"/default-{cni,storage}.yaml "$root/kind/manifests/"

mv "$root/usr/sbin/runc" "$root/usr/sbin/runc.real"
install -m755 "$shim" "$root/usr/sbin/runc"
# Where CAP_SYS_RESOURCE is withheld nobody may lower an oom_score_adj or raise a limit.
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$root/etc/containerd/config.toml"
sed -i '/OOMScoreAdjust/d;/^Limit/d' "$root/etc/systemd/system/containerd.service"

chroot "$root" bash -euo pipefail -c '
  find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete
  rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* /lib/systemd/system/local-fs.target.wants/* \
    /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl* /lib/systemd/system/basic.target.wants/*
  echo ReadKMsg=no >> /etc/systemd/journald.conf
  ln -sf /lib/systemd/systemd /sbin/init
  systemctl enable kubelet containerd undo-mount-hacks
  systemctl mask systemd-binfmt.service
  for program in containerd ctr containerd-shim-runc-v2; do ln -sf /usr/bin/$program /usr/local/bin/$program; done
  for plugin in bridge host-local loopback portmap ptp; do ln -sf /usr/lib/cni/$plugin /opt/cni/bin/; done
  ctr oci spec | jq ".hooks.createContainer[.hooks.createContainer | length] |= . + {path: \"/kind/bin/mount-product-files.sh\"} | del(.process.rlimits)" \
    > /etc/containerd/cri-base.json
  find /usr/share/doc -type f ! -name copyright -delete
  rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*.log /usr/share/man /usr/share/locale /usr/share/info \
    /usr/lib/*-linux-gnu/gconv /usr/lib/udev/hwdb.* /etc/udev/hwdb.bin
  rm -f /etc/machine-id /etc/hostname /etc/resolv.conf
  : > /etc/machine-id'
