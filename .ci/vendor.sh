#!/bin/sh
# Fetches the vendored files again and checks them. Every vendor.txt in the
# tree is a manifest with lines
#
#	npm-package@version path-in-package target sha256
#
# where target is relative to the manifest. A file whose sum differs stops the
# script and leaves what is in the tree as it was. Needs npm, tar, sha256sum.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

find . -name node_modules -prune -o -name .git -prune -o -name .cache -prune -o -name vendor.txt -print | sort >"$work/manifests"
while read -r manifest; do
	folder=$(dirname "$manifest")
	grep -v -e '^#' -e '^[[:space:]]*$' "$manifest" >"$work/lines" || continue
	while read -r package path target sum; do
		unpacked=$work/$(printf '%s' "$package" | tr -c 'A-Za-z0-9.\n' '_')
		if [ ! -d "$unpacked" ]; then
			mkdir "$unpacked" "$unpacked.pack"
			npm pack --silent --pack-destination "$unpacked.pack" "$package" >/dev/null </dev/null
			tar -xzf "$unpacked.pack"/*.tgz -C "$unpacked" --strip-components=1
		fi
		if ! echo "$sum  $unpacked/$path" | sha256sum -c --quiet - >&2; then
			echo "vendor: $folder/$target: $package $path is not the file that was reviewed" >&2
			exit 1
		fi
		mkdir -p "$(dirname "$folder/$target")"
		cp "$unpacked/$path" "$folder/$target.new"
		mv "$folder/$target.new" "$folder/$target"
		echo "$folder/$target  $package"
	done <"$work/lines"
done <"$work/manifests"
