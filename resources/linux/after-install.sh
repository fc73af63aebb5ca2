#!/bin/sh
# After an installation or an upgrade by dpkg or rpm. Nothing in here may make the installation fail: each step that
# cannot be done leaves a program that works, less comfortably.
set -u
app=/opt/Sonde

# Chromium's sandbox: by user namespaces where the kernel gives them to users, else by the helper that is root's. Root
# always gets one, so nobody asks.
if setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user true 2>/dev/null; then
  chmod 0755 "$app/chrome-sandbox" || true
else
  chmod 4755 "$app/chrome-sandbox" || true
fi

# Ubuntu 24.04 and later give user namespaces only to programs with a profile. Older AppArmor cannot read this one.
if apparmor_status --enabled >/dev/null 2>&1; then
  if apparmor_parser --skip-kernel-load --debug "$app/resources/apparmor-profile" >/dev/null 2>&1; then
    cp -f "$app/resources/apparmor-profile" /etc/apparmor.d/sonde-desktop
    if ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
      apparmor_parser --replace --write-cache --skip-read-cache /etc/apparmor.d/sonde-desktop || true
    fi
  fi
fi

if [ -x /usr/libexec/sonde/sonde-capture-install ]; then
  env -u PKEXEC_UID /usr/libexec/sonde/sonde-capture-install ||
    echo 'sonde: live capture is not set up; reading captures works' >&2
fi

if command -v update-mime-database >/dev/null; then
  update-mime-database /usr/share/mime || true
fi
if command -v update-desktop-database >/dev/null; then
  update-desktop-database -q /usr/share/applications || true
fi
if command -v gtk-update-icon-cache >/dev/null; then
  gtk-update-icon-cache -q -t -f /usr/share/icons/hicolor || true
fi
exit 0
