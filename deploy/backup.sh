#!/bin/sh
# Sao lưu kho nhúng vào THU_MUC/<ngày giờ UTC>, giữ lại các bản mới nhất.
#   backup.sh THU_MUC
# HAILONG_STORE (và HAILONG_KEY_FILE) nói kho ở đâu; HAILONG_BACKUP_KEEP là số
# bản giữ lại (mặc định 28: hai tuần, mỗi ngày hai bản).
# A backup that broke off is never mistaken for a whole one, and old ones are
# removed only after a new one is complete.
set -eu
umask 077

if [ $# -ne 1 ]; then
	echo "cách dùng / usage: $0 THU_MUC" >&2
	exit 2
fi
root=$1
keep=${HAILONG_BACKUP_KEEP:-28}
case $keep in
'' | *[!0-9]* | 0)
	echo "HAILONG_BACKUP_KEEP: cần một số từ 1 trở lên / must be a number from 1" >&2
	exit 2
	;;
esac

mkdir -p "$root"
stamp=$(date -u +%Y%m%dT%H%M%SZ)
partial=$root/.partial-$stamp-$$
trap 'rm -rf "$partial"' EXIT
trap 'exit 1' HUP INT TERM

hailong backup "$partial"
mv "$partial" "$root/$stamp"
sync "$root" 2>/dev/null || sync

# The names sort by time.
find "$root" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*T[0-9]*Z' | sort -r | tail -n "+$((keep + 1))" |
	while read -r old; do
		rm -rf "${old:?}"
	done
echo "$root/$stamp"
