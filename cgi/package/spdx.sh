# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Sourced by portable, whose variables it uses: what is inside, as SPDX 2.3.
: "${revision:?}" "${name:?}" "${commit:?}" "${epoch:?}" "${top:?}" \
    "${tree:?}" "${libpq:?}" "${work:?}"

# Print the source packages of the files that the linker took, each with its
# version and a package whose documentation has its licenses; the path of one
# that is of no package.
components()
{
	grep -oE '^/[^() ]+\.(a|o)\b|\(/[^() ]+\.a\)' "$work/portable.log" |
	    tr -d '()' | sort -u | while read -r file; do
		file=$(realpath "$file")
		case $file in
		"$tree"/* | /tmp/*) continue ;;
		"$libpq"/*)
			echo "postgresql-15 $(cat "$libpq/version") libpq-dev"
			continue
			;;
		esac
		# Merged directories: the package may have either path.
		owner=$(dpkg-query -S "$file" 2>/dev/null ||
		    dpkg-query -S "${file#/usr}") || {
			echo "$file - -"
			continue
		}
		# shellcheck disable=SC2016  # fields of dpkg-query
		dpkg-query -W -f \
		    '${source:Package} ${source:Version} ${binary:Package}\n' \
		    "${owner%%: *}"
	done | sort -u -k 1,2
}

license()
{
	case $1 in
	postgresql-15) echo PostgreSQL ;;
	openssl) echo Apache-2.0 ;;
	json-c) echo MIT ;;
	libfcgi) echo OML ;;
	glibc) echo LGPL-2.1-or-later ;;
	gcc-*) echo 'GPL-3.0-or-later WITH GCC-exception-3.1' ;;
	*)
		echo "spdx: the license of $1 is not known here" >&2
		return 1
		;;
	esac
}

# package NAME VERSION LICENSE
spdx_package()
{
	cat <<-END

	PackageName: $1
	SPDXID: SPDXRef-$1
	PackageVersion: $2
	PackageDownloadLocation: NOASSERTION
	FilesAnalyzed: false
	PackageLicenseConcluded: $3
	PackageLicenseDeclared: $3
	PackageCopyrightText: NOASSERTION
	END
}

# The programs; in SPDX, files that are of no package come before packages.
spdx_files()
{
	n=0
	for file in bin/tocsin lib/tocsin/tocsin.cgi lib/tocsin/tocsin.fcgi; do
		n=$((n + 1))
		sha1=$(sha1sum "$top/$file")
		sha256=$(sha256sum "$top/$file")
		cat <<-END

		FileName: ./$file
		SPDXID: SPDXRef-file-$n
		FileType: BINARY
		FileChecksum: SHA1: ${sha1%% *}
		FileChecksum: SHA256: ${sha256%% *}
		LicenseConcluded: NOASSERTION
		LicenseInfoInFile: NOASSERTION
		FileCopyrightText: NOASSERTION
		Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-file-$n
		Relationship: SPDXRef-file-$n GENERATED_FROM SPDXRef-tocsin
		END
	done
}

# Print the document; put the licenses of what is inside beside it.
spdx()
{
	cat <<-END
	SPDXVersion: SPDX-2.3
	DataLicense: CC0-1.0
	SPDXID: SPDXRef-DOCUMENT
	DocumentName: $name
	DocumentNamespace: https://spdx.org/spdxdocs/$name-$commit
	Creator: Tool: tocsin-cgi-package-portable
	Created: $(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
	END
	spdx_files
	spdx_package tocsin "$VERSION" ISC
	licenses=$top/share/doc/tocsin/licenses
	mkdir -p "$licenses"
	components >"$tree/components"
	while read -r source at owner; do
		is=$(license "$source")
		spdx_package "$source" "$at" "$is"
		echo "Relationship: SPDXRef-tocsin STATIC_LINK SPDXRef-$source"
		cp "/usr/share/doc/${owner%:*}/copyright" "$licenses/$source"
	done <"$tree/components"
}
