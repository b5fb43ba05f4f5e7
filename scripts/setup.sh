#!/bin/sh
# Makes a machine ready for `npm start` and `npm test`: dependencies, a Docker engine, the image of the examples. Does
# only what is missing, and says what it does; a second run takes a moment and changes nothing.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
stop() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# --- Dependencies, among them Node 24 itself (the package `node`) -------------------------------------------------------

node=node_modules/.bin/node
is_node24() { [ "$("$1" -p 'Number(process.versions.node.split(".")[0]) >= 24' 2>/dev/null)" = true ]; }

if ! [ -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  command -v npm >/dev/null || stop 'npm is missing: install Node.js (Debian: apt-get install npm, or https://nodejs.org)'
  say 'installing dependencies (npm ci)'
  # A policy that blocks install scripts leaves Node 24 out, and then the `prepare` script fails: both are mended below.
  npm ci --loglevel=error --no-progress >&2 || npm ci --loglevel=error --no-progress --ignore-scripts >&2
fi
if ! is_node24 "$node"; then
  say 'installing Node 24 (npm rebuild node)'
  npm rebuild node --foreground-scripts --loglevel=error >&2 || true
fi
if ! is_node24 "$node"; then
  rm -f "$node"
  command -v node >/dev/null && is_node24 node || stop \
    'Node 24 could not be installed: the install script of the package "node" is blocked or failed.' \
    'Allow it (npm config get ignore-scripts must be false) and run "npm rebuild node", or install Node 24 yourself.'
  node=node
fi
if ! [ -e api/schema.json ] || [ scripts/derive-schema.ts -nt api/schema.json ]; then
  say 'deriving the API schema'
  "$node" scripts/derive-schema.ts >&2
fi

# --- Node's compile cache, without which the first start takes twice the time and half as much memory again ---------------

cache=node_modules/.cache/minik
is_filled() {
  [ -e "$cache/.filled" ] &&
    [ -z "$(find . -path ./node_modules -prune -o -name '*.ts' -newer "$cache/.filled" -print)" ]
}
if [ -w node_modules ] && ! is_filled; then
  say 'compiling'
  # A process that ends by itself leaves what it has compiled.
  for main in store apiserver scheduler controllers kubelet proxy cli; do
    NODE_COMPILE_CACHE=$cache "$node" "$main/main.ts" --help >/dev/null &
  done
  NODE_COMPILE_CACHE=$cache "$node" cli/main.ts cluster up --help >/dev/null
  wait
  touch "$cache/.filled"
fi

# --- Docker ---------------------------------------------------------------------------------------------------------------

system=$(uname -s)
is_root() { [ "$(id -u)" = 0 ]; }
docker_answers() {
  "$node" -e 'import("./cli/cluster/docker.ts").then((docker) => docker.requireDocker()).catch(() => process.exit(1))'
}
wait_for_docker() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    docker_answers && return 0
    sleep 1
  done
  return 1
}
install_packages() {
  say "installing $* (apt-get)"
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 && return 0
  # The lists of a fresh machine are empty or old.
  apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2
}
# Whether the process of a pid file ($1) runs and is the program $2: after a reboot the number may be anybody's.
runs() { [ "$(cat "/proc/$(cat "$1" 2>/dev/null)/comm" 2>/dev/null)" = "$2" ]; }
start_docker() {
  # Installing the package may have started it.
  if runs /var/run/docker.pid dockerd; then
    say 'waiting for the Docker engine'
  elif [ -d /run/systemd/system ]; then
    say 'starting the Docker engine (systemctl start docker)'
    systemctl start docker >&2
  else
    # Without systemd nobody may have mounted the control groups that the engine needs.
    if ! grep -q '^cgroup' /proc/mounts && command -v apt-get >/dev/null; then
      install_packages cgroupfs-mount && cgroupfs-mount
    fi
    # The engine would take whoever has a number left behind for itself, and not start.
    runs /var/run/docker/containerd/containerd.pid containerd || rm -f /var/run/docker/containerd/containerd.pid
    rm -f /var/run/docker.pid
    log=/var/log/dockerd.log
    say "starting the Docker engine (dockerd, log in $log)"
    setsid dockerd >>"$log" 2>&1 </dev/null &
  fi
  wait_for_docker || stop 'the Docker engine did not start:' "$(tail -n 5 /var/log/dockerd.log 2>/dev/null)"
}

explain_docker() {
  without='Without Docker, everything works except real containers: cli/minikctl cluster up --runtime fake'
  case $system in
    Darwin)
      stop 'no Docker engine answers. Install Docker Desktop or colima and start it:' \
        '    brew install colima docker && colima start' \
        'Its containers live in a virtual machine: pods, logs and exec work from macOS; Service and pod addresses do not.' \
        "$without"
      ;;
    Linux) ;;
    *) stop "no Docker engine answers, and $system is not supported; use Linux." ;;
  esac
  if command -v dockerd >/dev/null; then
    stop 'no Docker engine answers. Start it, and run this again with the right to use it:' \
      '    sudo systemctl start docker        # without systemd: sudo dockerd &' \
      '    sudo npm start' "$without"
  elif command -v apt-get >/dev/null; then
    stop 'no Docker engine answers. Install it, and run this again as root:' \
      '    sudo apt-get update && sudo apt-get install -y docker.io iproute2' \
      '    sudo npm start' "$without"
  else
    stop 'no Docker engine answers. Install and start it (https://docs.docker.com/engine/install/), for example:' \
      '    sudo dnf install -y moby-engine iproute && sudo systemctl start docker      # Fedora' \
      '    sudo pacman -S docker iproute2 && sudo systemctl start docker               # Arch' \
      '    sudo npm start' "$without"
  fi
}

if ! docker_answers; then
  # A DOCKER_HOST of the user's is theirs to start.
  [ -z "${DOCKER_HOST:-}" ] || stop "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  { [ "$system" = Linux ] && is_root; } || explain_docker
  if ! command -v dockerd >/dev/null; then
    command -v apt-get >/dev/null || explain_docker
    install_packages docker.io iproute2 || explain_docker
    docker_answers || start_docker
  else
    start_docker
  fi
  say 'the Docker engine is running'
fi

# --- Routes, which make Service addresses reachable ------------------------------------------------------------------------

if [ "$system" = Linux ] && ! command -v ip >/dev/null && is_root && command -v apt-get >/dev/null; then
  install_packages iproute2 || say "iproute2 could not be installed: Service addresses will not work without 'ip'"
fi
if [ "$system" != Linux ]; then
  say "on $system pods, logs and exec work; Service addresses and pod addresses do not answer from this machine."
elif ! is_root; then
  say 'not root: pods, logs and exec work; Service and node addresses need routes, which need root (sudo npm start).'
fi

# --- The image of the examples and tests ------------------------------------------------------------------------------------

"$node" scripts/build-busybox-image.ts >&2
