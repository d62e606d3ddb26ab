#!/bin/sh
# Runs a command where Microsoft's host names are this machine, and no other machine can be reached.
#
#     docs/examples/with_public_names.sh COMMAND [ARGUMENT...]
#
# A namespace of the command's own holds all of it: the network has nothing but loopback, whose port
# 443 may be listened on, and /etc/hosts is another file there. Nothing else on the machine notices.
# Needs Linux with unshare, mount (util-linux) and ip (iproute2), and a kernel that lets users have
# namespaces.
set -eu

hosts=$(mktemp)
trap 'rm -f "$hosts"' EXIT
cat >"$hosts" <<'HOSTS'
127.0.0.1 localhost
::1 localhost
127.0.0.1 login.microsoftonline.com login.microsoft.com login.windows.net sts.windows.net
127.0.0.1 graph.microsoft.com api.azrbac.mspim.azure.com
127.0.0.1 management.azure.com management.core.windows.net
HOSTS
chmod 644 "$hosts"

HOSTS=$hosts unshare --map-root-user --mount --net sh -euc '
  mount --bind "$HOSTS" /etc/hosts
  ip link set lo up
  exec "$@"' sh "$@"
