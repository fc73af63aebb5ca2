#!/bin/sh
# After dpkg (with the word remove, purge or upgrade …) or rpm (with the number of versions that stay) took the files.
# An upgrade keeps everything: the new version's after-install.sh has run, or will.
set -u
case ${1:-} in
  remove | purge | 0) ;;
  *) exit 0 ;;
esac

if [ -f /etc/apparmor.d/sonde-desktop ]; then
  if apparmor_status --enabled >/dev/null 2>&1; then
    if ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
      apparmor_parser --remove /etc/apparmor.d/sonde-desktop || true
    fi
  fi
  rm -f /etc/apparmor.d/sonde-desktop
fi

# The group goes with its last purpose; its members' other groups stay as they are.
case $1 in
  purge | 0)
    if getent group sonde >/dev/null; then
      groupdel sonde || true
    fi
    ;;
esac

if command -v update-mime-database >/dev/null; then
  update-mime-database /usr/share/mime || true
fi
if command -v update-desktop-database >/dev/null; then
  update-desktop-database -q /usr/share/applications || true
fi
exit 0
