#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Reject unsafe calls, files without a license or with a meaningless name, and
# lifecycle words outside the table of outcomes.
. "$(dirname "$0")/start.sh"
need perl perl

status=0
report()
{
	if [ -n "$1" ]; then
		echo "$1"
		status=1
	fi
}

# Remove comments and strings, which may name banned calls; keep the lines.
# shellcheck disable=SC2046  # our names have no white space
found=$(perl -0777 -ne '
my $programs = qr{^cgi/(?:tool/|tocsin)};
my $rescue = qr{^cgi/http/http\.c$};
my %allowed = (printf => $programs, puts => $programs,
    PQexec => qr{^cgi/db/connection\.c$},
    setjmp => $rescue, longjmp => $rescue);
my @banned = qw(strcpy strcat strncpy strncat sprintf vsprintf strtok gets
    atoi atol atoll atof system popen alloca printf puts setjmp longjmp
    localtime gmtime ctime asctime tmpnam mktemp rand srand PQexec);
s{(/\*.*?\*/)|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27}
    {my $kept = $& =~ tr/\n//; "\n" x $kept . ($1 ? " " : "\"\"")}gse;
my $any = join "|", @banned;
my $n = 0;
for my $line (split /\n/) {
    $n++;
    while ($line =~ /\b($any)\s*\(/g) {
        my $call = $1;
        print "$ARGV:$n: $call is banned\n"
            unless $allowed{$call} && $ARGV =~ $allowed{$call};
    }
}' $(files c h | grep ^cgi/))
report "$found"

# The license must be in the first three lines: #! may precede it.
# shellcheck disable=SC2046  # our names have no white space
found=$(awk '
function judge() {
	if (name != "" && !licensed)
		print name ":1: no SPDX line"
}
FNR == 1 {
	judge()
	name = FILENAME
	licensed = 0
}
FNR <= 3 && /SPDX-License-Identifier: ISC/ { licensed = 1 }
END { judge() }
' $( (files c h sql sh pl pm t; scripts 'sh|bash|perl') | sort -u))
report "$found"

report "$(ours | grep -E '/(utils?|common|misc|helpers?|stuff)\.' |
    sed 's/$/: a meaningless name/' || :)"

rooms=$(files c | grep ^cgi/)
# shellcheck disable=SC2086
report "$(grep -nE '"(acknowledged|resolved)"' $rooms |
    grep -v '^cgi/base/outcome\.c:' |
    sed -E 's/^([^:]*:[0-9]*):.*/\1: the lifecycle belongs to SQL/' || :)"

# shellcheck disable=SC2086
report "$(grep -nE 'strcmp\(.*PQ(result)?[eE]rrorMessage' $rooms |
    sed -E 's/^([^:]*:[0-9]*):.*/\1: compare SQLSTATE, not words/' || :)"

exit $status
