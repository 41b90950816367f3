#!/bin/sh
# Chạy một lệnh hailong trên kho của dịch vụ, dưới tài khoản của dịch vụ và với
# cấu hình của dịch vụ:
#   sudo as-hailong import /srv/hailong/2024.xlsx
# Run by root directly, hailong could leave files in the store's folder that the
# service may not open.
set -eu

HAILONG_STORE=sqlite:/var/lib/hailong/hailong.db
export HAILONG_STORE
if [ -r /etc/hailong/hailong.env ]; then
	set -a
	# shellcheck source=/dev/null
	. /etc/hailong/hailong.env
	set +a
fi
code=0
runuser -u hailong -- hailong "$@" || code=$?

# What it wrote for people (slips, lists of codes) is for the eyes of whoever
# asked for it, and of nobody else.
if [ -n "${SUDO_UID:-}" ] && [ -d /srv/hailong ]; then
	find /srv/hailong -xdev -type f -user hailong -exec chown -h -- "$SUDO_UID" {} +
fi
exit "$code"
