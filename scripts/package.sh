#!/usr/bin/env bash
# Builds Debian packages and tar files of easel and easel-train in build/packages. They need no Swift on the other machine,
# because the programs contain the Swift runtime. They include manual pages and completions for bash, zsh and fish.
set -euo pipefail
. "$(dirname "$0")/common.sh"

folder=build/packages
built=.build-package/release
version="$(sed -n 's/^ *version: "\(.*\)",$/\1/p' Sources/easel/Easel.swift)"
[ -n "$version" ] || stop "Sources/easel/Easel.swift contains no version"
in_scratch
mkdir -p "$folder"

for program in easel easel-train; do
  say "Building $program with the Swift runtime"
  scripts/build.sh -c release --static-swift-stdlib --product "$program" --scratch-path .build-package
done

# package PROGRAM SUMMARY RECOMMENDS: builds the package of one program.
package() {
  local program="$1" root="$scratch/$1" depends
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/share/man/man1" "$root/usr/share/doc/$program" \
    "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
    "$root/usr/share/fish/vendor_completions.d"
  strip -o "$root/usr/bin/$program" "$built/$program"
  "$built/$program" --generate-completion-script bash > "$root/usr/share/bash-completion/completions/$program"
  "$built/$program" --generate-completion-script zsh > "$root/usr/share/zsh/vendor-completions/_$program"
  "$built/$program" --generate-completion-script fish > "$root/usr/share/fish/vendor_completions.d/$program.fish"
  manual "$program" > "$root/usr/share/man/man1/$program.1"
  gzip -9n "$root/usr/share/man/man1/$program.1"
  cp LICENSE "$root/usr/share/doc/$program/copyright"
  cp -r docs "$root/usr/share/doc/$program/"
  find "$root" -type d -exec chmod 755 {} +
  # dpkg-shlibdeps wants a source package's control file; it only reads the name.
  mkdir -p "$scratch/debian"
  printf 'Source: easel\n\nPackage: %s\nArchitecture: amd64\n' "$program" > "$scratch/debian/control"
  depends="$(cd "$scratch" && dpkg-shlibdeps -O "$root/usr/bin/$program" 2> "$scratch/shlibdeps.log" \
    | sed -n 's/^shlibs:Depends=//p')"
  [ -n "$depends" ] || stop "dpkg-shlibdeps found no dependencies: $(cat "$scratch/shlibdeps.log")"
  cat > "$root/DEBIAN/control" << END
Package: $program
Version: $version
Section: graphics
Priority: optional
Architecture: $(dpkg --print-architecture)
Depends: $depends
Recommends: $3
Maintainer: Easel's authors <easel@localhost>
Description: $2
END
  dpkg-deb --root-owner-group --build "$root" "$folder" > /dev/null
  tar -C "$root" --owner=0 --group=0 -czf "$folder/$program-$version.tar.gz" usr
}

# manual PROGRAM: writes a manual page from the program's help, with one section for each command.
manual() {
  local command
  printf '.TH %s 1\n.SH NAME\n%s \\- %s\n' "${1^^}" "$1" "$("$built/$1" --help | sed -n 's/^OVERVIEW: //p')"
  printf '.SH SYNOPSIS\n.nf\n%s\n.fi\n' "$("$built/$1" --help | sed -n '/^USAGE/,/^$/p' | roff)"
  printf '.SH DESCRIPTION\n.nf\n%s\n.fi\n' "$("$built/$1" --help | sed '/^OVERVIEW/d;/^USAGE/,/^$/d' | roff)"
  "$built/$1" --help | sed -n '/SUBCOMMANDS:$/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' | while read -r command; do
    printf '.SH %s\n.nf\n%s\n.fi\n' "${command^^}" "$("$built/$1" "$command" --help | roff)"
  done
}

# roff: escapes the characters that are special in roff.
roff() { sed 's/\\/\\\\/g; s/^[.'\'']/\\\&&/; s/-/\\-/g'; }

package easel "Turn photos and anime into a clean two-domain dataset" "easel-train, ffmpeg, opencv-data"
package easel-train "Train U-GAT-IT or photo2cartoon on a dataset" easel
ls -l "$folder" >&2
