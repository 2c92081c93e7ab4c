#!/bin/sh
# Installs the real clients that the client specs drive; as another user than root it only says what is missing.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need rclone rclone
need mount.davfs davfs2
need litmus litmus
need cadaver cadaver
need ffmpeg ffmpeg
need ffprobe ffmpeg
need transmission-daemon transmission-daemon
need transmission-remote transmission-cli
need aria2c aria2
need curl curl
need fusermount3 fuse3
need gio libglib2.0-bin
need dbus-run-session dbus
need chromium chromium
need kodi kodi
need xvfb-run xvfb
need xauth xauth
[ -e /usr/libexec/gvfsd-dav ] || [ -e /usr/lib/gvfs/gvfsd-dav ] || missing="$missing gvfs-backends gvfs-daemons"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Please install:$missing (Debian: sudo apt-get install$missing)" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
