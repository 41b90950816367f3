#!/bin/sh
# Diễn tập phục hồi: phục hồi bản sao lưu mới nhất vào một thư mục tạm, kiểm
# chứng, rồi xóa thư mục tạm. Kho đang chạy không bị động tới.
#   restore-drill.sh THU_MUC
# HAILONG_BACKUP_MAX_HOURS là tuổi tối đa của bản mới nhất (mặc định 48 giờ).
# A backup that was never restored is a hope.
set -eu
umask 077

if [ $# -ne 1 ]; then
	echo "cách dùng / usage: $0 THU_MUC" >&2
	exit 2
fi
root=$1
hours=${HAILONG_BACKUP_MAX_HOURS:-48}

latest=$(find "$root" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*T[0-9]*Z' | sort | tail -n 1)
if [ -z "$latest" ]; then
	echo "không có bản sao lưu nào trong / no backup in: $root" >&2
	exit 1
fi
if [ -z "$(find "$latest" -maxdepth 0 -mmin "-$((hours * 60))")" ]; then
	echo "bản mới nhất đã quá $hours giờ / the latest backup is older than $hours hours: $latest" >&2
	exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# The drill must not find the live store by its environment.
unset HAILONG_STORE HAILONG_KEY_FILE
store=sqlite:$tmp/hailong.db

hailong restore "$latest" --store "$store"
hailong index --store "$store" --from 2000-01-01 --to 2099-12-31 --json >"$tmp/index.json"
test -s "$tmp/index.json"
echo "đã phục hồi và kiểm chứng / restored and checked: $latest"
