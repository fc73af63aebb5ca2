#!/bin/sh
# Installs the capture helper of a checkout or an AppImage where only root can change it, lets it open network devices
# for raw packets (and nothing else), and lets the members of one group run it. As root:
#   sudo sh install-helper.sh HELPER          installs, and lets whoever used sudo or pkexec into the group
#   sudo sh install-helper.sh --remove        takes it away again
# HELPER is the only thing it takes from its caller. It is copied first, and the copy is what is checked.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
umask 077
folder=/usr/libexec/sonde
helper=$folder/sonde-capture
group=sonde

say() {
  echo "sonde: $*" >&2
}
refuse() {
  code=$1
  shift
  say "$*"
  exit "$code"
}

[ "$(id -u)" -eq 0 ] || refuse 77 "root installs it: sudo sh $0 HELPER"
[ $# -eq 1 ] || refuse 64 "usage: install-helper.sh HELPER | --remove"
if [ "$1" = --remove ]; then
  rm -f "$helper"
  rmdir "$folder" 2>/dev/null || true
  say "$helper is gone; the group $group is left"
  exit 0
fi
[ -f "$1" ] || refuse 66 "$1 is no file; in a checkout, 'npm run setup' builds it"
command -v setcap >/dev/null || refuse 69 'setcap is missing. Install libcap2-bin (Debian) or libcap (Fedora), then start again'

# A folder that others may write to is no place for it.
(umask 022 && mkdir -p "$folder")
for each in /usr /usr/libexec "$folder"; do
  [ ! -L "$each" ] || refuse 73 "$each is a link"
  [ "$(stat -c '%u' "$each")" = 0 ] || refuse 73 "$each does not belong to root"
  [ -z "$(find "$each" -maxdepth 0 -perm /022)" ] || refuse 73 "others may write to $each"
done

getent group "$group" >/dev/null || groupadd --system "$group"
new=$(mktemp "$folder/.sonde-capture.XXXXXX")
trap 'rm -f "$new"' EXIT
cat -- "$1" >"$new"
[ "$(head -c 4 "$new" | od -An -tx1 | tr -d ' ')" = 7f454c46 ] || refuse 65 "$1 is no program for Linux"
# Capabilities come last: a change of owner takes them off again.
chown "root:$group" "$new"
chmod 0750 "$new"
case $("$new" --version </dev/null) in
  'sonde-capture '*) ;;
  *) refuse 65 "$1 is not the capture helper" ;;
esac
setcap cap_net_raw=ep "$new" || refuse 70 "the file system of $folder keeps no capabilities"
mv -f "$new" "$helper"
trap - EXIT
say "$helper is installed"

# What sudo and pkexec set for a process of root's is root's own word.
asker=${PKEXEC_UID:-${SUDO_UID:-}}
case $asker in
  '' | 0 | *[!0-9]*) say "let users capture with: usermod --append --groups $group USER (from their next login on)" ;;
  *)
    user=$(getent passwd "$asker" | cut -d: -f1)
    [ -n "$user" ] || exit 0
    usermod --append --groups "$group" "$user"
    say "$user is in the group $group from the next login on"
    ;;
esac
